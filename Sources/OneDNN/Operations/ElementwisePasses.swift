import CDNNL

/// Functions that oneDNN's eltwise knows.
public enum ElementwiseAlgorithm: Sendable, Equatable {
    /// max(0, x)
    case relu
    /// x where x > 0, else slope · x; slope ≥ 0.
    case leakyRelu(slope: Float)
    /// x where x > 0, else alpha · (eˣ − 1); alpha ≥ 0.
    case elu(alpha: Float)
    /// min(max(x, low), high)
    case clip(low: Float, high: Float)
    case tanh
    /// 1 / (1 + e⁻ˣ)
    case logistic
    /// x / 2 · (1 + erf(x / √2))
    case geluErf
    /// x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x³)))
    case geluTanh
    /// x / (1 + e⁻ˣ)
    case swish
    /// x · min(max(x / 6 + 1 / 2, 0), 1)
    case hardSwish
    /// log(1 + eˣ)
    case softplus

    var raw: dnnl_alg_kind_t {
        switch self {
        case .relu, .leakyRelu: dnnl_eltwise_relu
        case .elu: dnnl_eltwise_elu
        case .clip: dnnl_eltwise_clip_v2
        case .tanh: dnnl_eltwise_tanh
        case .logistic: dnnl_eltwise_logistic
        case .geluErf: dnnl_eltwise_gelu_erf
        case .geluTanh: dnnl_eltwise_gelu_tanh
        case .swish: dnnl_eltwise_swish
        case .hardSwish: dnnl_eltwise_hardswish
        case .softplus: dnnl_eltwise_soft_relu
        }
    }

    /// The function's α and β. Version 2 takes none of `hardSwish` and `softplus`, whose values here are its constants.
    var parameters: (alpha: Float, beta: Float) {
        switch self {
        case .leakyRelu(let slope): (slope, 0)
        case .elu(let alpha): (alpha, 0)
        case .clip(let low, let high): (low, high)
        case .swish, .softplus: (1, 0)
        case .hardSwish: (1 / 6, 1 / 2)
        case .relu, .tanh, .logistic, .geluErf, .geluTanh: (0, 0)
        }
    }

    /// The variant whose derivative is computed from the result; nil where two arguments may have one result.
    private var fromResult: dnnl_alg_kind_t? {
        switch self {
        case .relu, .leakyRelu: dnnl_eltwise_relu_use_dst_for_bwd
        case .elu: dnnl_eltwise_elu_use_dst_for_bwd
        case .clip: dnnl_eltwise_clip_v2_use_dst_for_bwd
        case .tanh: dnnl_eltwise_tanh_use_dst_for_bwd
        case .logistic: dnnl_eltwise_logistic_use_dst_for_bwd
        case .geluErf, .geluTanh, .swish, .hardSwish, .softplus: nil
        }
    }

    /// True where the derivative is computed from the result, so that the argument need not be kept.
    public var isDerivedFromResult: Bool { fromResult != nil }

    var rawOfPasses: dnnl_alg_kind_t { fromResult ?? raw }
}

/// y = f(x), element by element: oneDNN's eltwise.
public struct ElementwisePasses {
    private let function: ElementwiseAlgorithm
    private let layout: MemoryDescriptor
    private let engine: Engine
    private let purpose: String

    /// - Parameters:
    ///   - layout: of x, y and their gradients.
    ///   - purpose: for the error messages.
    public init(_ function: ElementwiseAlgorithm, _ layout: MemoryDescriptor, engine: Engine, purpose: String) {
        self.function = function
        self.layout = layout
        self.engine = engine
        self.purpose = purpose
    }

    /// Arguments `source`, `destination`.
    ///
    /// - Throws: `OneDNNError` where oneDNN has no implementation; so does the other.
    public func forward() throws(OneDNNError) -> PrimitiveDescriptor {
        let parameters = function.parameters
        return try PrimitiveDescriptor(purpose: purpose) {
            cdnnl_elementwise_forward(
                &$0, engine.handle, function.rawOfPasses, parameters.alpha, parameters.beta, layout.storage.layout, $1)
        }
    }

    /// Arguments `destination` where the derivative is computed from the result, else `source`; `destinationGradient`,
    /// `sourceGradient`, which may be one buffer.
    public func backward() throws(OneDNNError) -> PrimitiveDescriptor {
        let (forward, parameters) = (try forward(), function.parameters)
        return try PrimitiveDescriptor(purpose: "the backward pass of \(purpose)") {
            cdnnl_elementwise_backward(
                &$0, engine.handle, function.rawOfPasses, parameters.alpha, parameters.beta, layout.storage.layout,
                forward.raw, $1)
        }
    }
}
