import OneDNN
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
        case .erf: .init(name: Self.name, .geluErf)
        case .tanh: .init(name: "\(Self.name) (tanh)", .geluTanh)
        }
    }

    /// In elementary nodes: the operator of this name is younger than the set.
    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        func constant(_ name: String, _ value: Double) -> String {
            graph.constant("\(place.path).\(name)", [Float(value)])
        }
        let (one, half) = (constant("one", 1), constant("half", 0.5))
        let inner: String
        switch form {
        case .erf:
            let scale = constant("scale", 0.5.squareRoot())
            inner = graph.add("Erf", [graph.add("Mul", [input, scale], at: place)], at: place)
        case .tanh:
            let (scale, cubic) = (constant("scale", (2 / Double.pi).squareRoot()), constant("cubic", 0.044715))
            let square = graph.add("Mul", [input, input], at: place)
            let factor = graph.add("Add", [graph.add("Mul", [square, cubic], at: place), one], at: place)
            let argument = graph.add("Mul", [graph.add("Mul", [input, factor], at: place), scale], at: place)
            inner = graph.add("Tanh", [argument], at: place)
        }
        let share = graph.add("Mul", [graph.add("Add", [inner, one], at: place), half], at: place)
        return graph.add("Mul", [input, share], at: place)
    }
}
