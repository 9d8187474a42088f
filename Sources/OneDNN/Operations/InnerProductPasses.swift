import CDNNL

/// y = x Wᵀ + b for x `[N, …]`, W `[units, …]`, b `[units]`, y `[N, units]`: oneDNN's inner product. Behind the first axis x and
/// W have the same dimensions.
public struct InnerProductPasses: WeightedPasses {
    public let weightShape: [Int]
    public let destination: MemoryDescriptor
    private let engine: Engine
    private let bias: MemoryDescriptor?
    private let purpose: String

    /// - Parameters:
    ///   - bias: nil where there is none.
    ///   - purpose: for the error messages, with the shapes.
    public init(
        weightShape: [Int], bias: MemoryDescriptor?, destination: MemoryDescriptor, engine: Engine, purpose: String
    ) {
        self.weightShape = weightShape
        self.bias = bias
        self.destination = destination
        self.engine = engine
        self.purpose = purpose
    }

    public func forward(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor, fusing postOperations: [PostOperation] = []
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(fusing: postOperations, purpose: purpose) {
            cdnnl_inner_product_forward(
                &$0, engine.handle, source.storage.layout, weights.storage.layout, bias?.storage.layout,
                destination.storage.layout, $1)
        }
    }

    public func backwardData(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        let hint = try hint(source)
        return try PrimitiveDescriptor(purpose: "the input gradient of \(purpose)") {
            cdnnl_inner_product_backward_data(
                &$0, engine.handle, source.storage.layout, weights.storage.layout, destination.storage.layout,
                hint.raw, $1)
        }
    }

    public func backwardWeights(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor {
        let hint = try hint(source)
        return try PrimitiveDescriptor(purpose: "the weight gradient of \(purpose)") {
            cdnnl_inner_product_backward_weights(
                &$0, engine.handle, source.storage.layout, weights.storage.layout, bias?.storage.layout,
                destination.storage.layout, hint.raw, $1)
        }
    }

    /// The forward pass, which oneDNN asks for to choose backward ones.
    private func hint(_ source: MemoryDescriptor) throws(OneDNNError) -> PrimitiveDescriptor {
        try forward(source, try MemoryDescriptor(weightShape, destination.dataType, .any))
    }
}
