import CDNNL
import Settings

/// x · Φ(x), Φ being the normal distribution's function (Hendrycks, Gimpel, arXiv:1606.08415).
public struct GELU: Activation {
    public static let name = "gelu"

    public enum Form: String, Sendable, CaseIterable, SettingValue {
        /// x / 2 · (1 + erf(x / √2))
        case erf
        /// x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x³)))
        case tanh
    }

    public var form = Form.erf

    public init() {}

    public init(_ form: Form) {
        self.form = form
    }

    public static let settings: [Setting<Self>] = [
        Setting("form", \.form, "erf, the function itself; tanh, its approximation by that function").asShortForm
    ]

    /// The derivative is computed from the argument: two arguments may have one result.
    public var function: ElementwiseFunction {
        switch form {
        case .erf: .init(name: Self.name, algorithm: dnnl_eltwise_gelu_erf)
        case .tanh: .init(name: "\(Self.name) (tanh)", algorithm: dnnl_eltwise_gelu_tanh)
        }
    }
}
