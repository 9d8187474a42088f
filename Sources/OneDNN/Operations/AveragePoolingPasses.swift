import CDNNL

/// The mean of each window of a map `[N, C, H, W]` or `[N, C, D, H, W]`, padding counted as zeros: oneDNN's average pooling.
public struct AveragePoolingPasses {
    private let source, destination: MemoryDescriptor
    private let kernel, strides, padding: [dnnl_dim_t]
    private let engine: Engine
    private let purpose: String

    /// - Parameters:
    ///   - kernel: sizes of a window, one a dimension of the map.
    ///   - strides: of each dimension.
    ///   - padding: of each dimension, in front and behind.
    ///   - purpose: for the error messages, with the shapes.
    public init(
        _ source: MemoryDescriptor, to destination: MemoryDescriptor, kernel: [Int], strides: [Int], padding: [Int],
        engine: Engine, purpose: String
    ) {
        self.source = source
        self.destination = destination
        self.kernel = kernel.map(dnnl_dim_t.init)
        self.strides = strides.map(dnnl_dim_t.init)
        self.padding = padding.map(dnnl_dim_t.init)
        self.engine = engine
        self.purpose = purpose
    }

    /// Arguments `source`, `destination`.
    ///
    /// - Throws: `OneDNNError` where oneDNN has no implementation; so does the other.
    public func forward() throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(purpose: purpose) {
            cdnnl_pooling_forward(
                &$0, engine.handle, dnnl_pooling_avg_include_padding, source.storage.layout, destination.storage.layout,
                strides, kernel, padding, $1)
        }
    }

    /// Arguments `destinationGradient`, `sourceGradient`.
    public func backward(_ forward: PrimitiveDescriptor) throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(purpose: "the backward pass of \(purpose)") {
            cdnnl_pooling_backward(
                &$0, engine.handle, dnnl_pooling_avg_include_padding, source.storage.layout, destination.storage.layout,
                strides, kernel, padding, forward.raw, $1)
        }
    }
}
