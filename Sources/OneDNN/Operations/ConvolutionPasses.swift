import CDNNL

/// Algorithms of oneDNN's convolution.
public enum ConvolutionAlgorithm: Sendable {
    case direct
    /// F(4 × 4, 3 × 3) of Lavin and Gray, CVPR 2016: a quarter of the multiplications, for kernels 3 × 3 with stride 1; in
    /// float32, also where the maps are bfloat16. Rounding errors are about ten times those of the direct algorithm.
    case winograd

    var raw: dnnl_alg_kind_t {
        switch self {
        case .direct: dnnl_convolution_direct
        case .winograd: dnnl_convolution_winograd
        }
    }
}

/// y = x ∗ W + b for x `[N, C, H, W]`, W `[O, C, h, w]` or, in groups, `[groups, O / groups, C / groups, h, w]`, b `[O]`, or the
/// same with a depth in front of the height: oneDNN's convolution.
public struct ConvolutionPasses: WeightedPasses {
    public let weightShape: [Int]
    public let destination: MemoryDescriptor
    /// Algorithms of the passes where oneDNN has them for these shapes and this processor; else direct.
    public let algorithms: (forward: ConvolutionAlgorithm, data: ConvolutionAlgorithm, weights: ConvolutionAlgorithm)
    private let engine: Engine
    private let bias: MemoryDescriptor?
    private let strides, dilation, front, behind: [dnnl_dim_t]
    private let purpose: String

    /// - Parameters:
    ///   - bias: nil where there is none.
    ///   - strides: of each dimension of the map.
    ///   - dilation: pixels from one place of the kernel to the next, of each dimension.
    ///   - padding: of each dimension, in front of it and behind.
    ///   - purpose: for the error messages, with the shapes.
    public init(
        algorithms: (forward: ConvolutionAlgorithm, data: ConvolutionAlgorithm, weights: ConvolutionAlgorithm),
        weightShape: [Int], bias: MemoryDescriptor?, destination: MemoryDescriptor, strides: [Int], dilation: [Int],
        padding: (front: [Int], behind: [Int]), engine: Engine, purpose: String
    ) {
        self.algorithms = algorithms
        self.weightShape = weightShape
        self.bias = bias
        self.destination = destination
        self.strides = strides.map(dnnl_dim_t.init)
        // oneDNN counts the pixels between.
        self.dilation = dilation.map { dnnl_dim_t($0 - 1) }
        front = padding.front.map(dnnl_dim_t.init)
        behind = padding.behind.map(dnnl_dim_t.init)
        self.engine = engine
        self.purpose = purpose
    }

    public func forward(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor, fusing postOperations: [PostOperation] = []
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        try available(algorithms.forward) { (algorithm) throws(OneDNNError) in
            try forward(algorithm, source, weights, postOperations)
        }
    }

    public func backwardData(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        try available(algorithms.data) { (algorithm) throws(OneDNNError) in
            let hint = try hint(algorithm, source)
            return try PrimitiveDescriptor(purpose: "the input gradient of \(purpose)") {
                cdnnl_convolution_backward_data(
                    &$0, engine.handle, algorithm.raw, source.storage.layout, weights.storage.layout,
                    destination.storage.layout, strides, dilation, front, behind, hint.raw, $1)
            }
        }
    }

    public func backwardWeights(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        try available(algorithms.weights) { (algorithm) throws(OneDNNError) in
            let hint = try hint(algorithm, source)
            return try PrimitiveDescriptor(purpose: "the weight gradient of \(purpose)") {
                cdnnl_convolution_backward_weights(
                    &$0, engine.handle, algorithm.raw, source.storage.layout, weights.storage.layout,
                    bias?.storage.layout, destination.storage.layout, strides, dilation, front, behind, hint.raw, $1)
            }
        }
    }

    private func available(
        _ algorithm: ConvolutionAlgorithm, _ make: (ConvolutionAlgorithm) throws(OneDNNError) -> PrimitiveDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        if algorithm != .direct, let descriptor = try? make(algorithm) { return descriptor }
        return try make(.direct)
    }

    private func forward(
        _ algorithm: ConvolutionAlgorithm, _ source: MemoryDescriptor, _ weights: MemoryDescriptor,
        _ postOperations: [PostOperation]
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(fusing: postOperations, purpose: purpose) {
            cdnnl_convolution_forward(
                &$0, engine.handle, algorithm.raw, source.storage.layout, weights.storage.layout, bias?.storage.layout,
                destination.storage.layout, strides, dilation, front, behind, $1)
        }
    }

    /// The forward pass, which oneDNN asks for to choose backward ones.
    private func hint(
        _ algorithm: ConvolutionAlgorithm, _ source: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        try forward(algorithm, source, try MemoryDescriptor(weightShape, destination.dataType, .any), [])
    }
}
