import CDNNL

/// A map at more pixels: oneDNN's resampling, whose pixels are squares with their centers at half their side.
public struct ResamplingPasses {
    /// How a new pixel is found.
    public enum Algorithm: Sendable {
        /// The nearest.
        case nearest
        /// The mean of the nearest two along each dimension, weighted by how near they are.
        case linear

        var raw: dnnl_alg_kind_t {
            switch self {
            case .nearest: dnnl_resampling_nearest
            case .linear: dnnl_resampling_linear
            }
        }
    }

    private let algorithm: Algorithm
    private let source, destination: MemoryDescriptor
    private let engine: Engine
    private let purpose: String

    /// - Parameters:
    ///   - source: `[N, C, H, W]` or `[N, C, D, H, W]`, as is `destination`.
    ///   - purpose: for the error messages, with the shapes.
    public init(
        _ algorithm: Algorithm, _ source: MemoryDescriptor, to destination: MemoryDescriptor, engine: Engine,
        purpose: String
    ) {
        self.algorithm = algorithm
        self.source = source
        self.destination = destination
        self.engine = engine
        self.purpose = purpose
    }

    /// Arguments `source`, `destination`.
    ///
    /// - Throws: `OneDNNError` where oneDNN has no implementation; so does the other.
    public func forward() throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(purpose: purpose) {
            cdnnl_resampling_forward(
                &$0, engine.handle, algorithm.raw, source.storage.layout, destination.storage.layout, $1)
        }
    }

    /// Arguments `destinationGradient`, `sourceGradient`.
    public func backward(_ forward: PrimitiveDescriptor) throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(purpose: "the backward pass of \(purpose)") {
            cdnnl_resampling_backward(
                &$0, engine.handle, algorithm.raw, source.storage.layout, destination.storage.layout, forward.raw, $1)
        }
    }
}
