import CDNNL

/// Functions that oneDNN's eltwise knows.
public enum ElementwiseAlgorithm: Sendable {
    /// max(0, x)
    case relu
    case tanh
    /// 1 / (1 + e⁻ˣ)
    case logistic
    /// x / 2 · (1 + erf(x / √2))
    case geluErf
    /// x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 · x³)))
    case geluTanh

    var raw: dnnl_alg_kind_t {
        switch self {
        case .relu: dnnl_eltwise_relu
        case .tanh: dnnl_eltwise_tanh
        case .logistic: dnnl_eltwise_logistic
        case .geluErf: dnnl_eltwise_gelu_erf
        case .geluTanh: dnnl_eltwise_gelu_tanh
        }
    }

    /// The variant whose derivative is computed from the result; nil where two arguments may have one result.
    private var fromResult: dnnl_alg_kind_t? {
        switch self {
        case .relu: dnnl_eltwise_relu_use_dst_for_bwd
        case .tanh: dnnl_eltwise_tanh_use_dst_for_bwd
        case .logistic: dnnl_eltwise_logistic_use_dst_for_bwd
        case .geluErf, .geluTanh: nil
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
        try PrimitiveDescriptor(purpose: purpose) {
            cdnnl_elementwise_forward(&$0, engine.handle, function.rawOfPasses, layout.storage.layout, $1)
        }
    }

    /// Arguments `destination` where the derivative is computed from the result, else `source`; `destinationGradient`,
    /// `sourceGradient`, which may be one buffer.
    public func backward() throws(OneDNNError) -> PrimitiveDescriptor {
        let forward = try forward()
        return try PrimitiveDescriptor(purpose: "the backward pass of \(purpose)") {
            cdnnl_elementwise_backward(
                &$0, engine.handle, function.rawOfPasses, layout.storage.layout, forward.raw, $1)
        }
    }
}
