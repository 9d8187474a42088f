import CDNNL

/// Each row of `[N, features]` to mean 0 and variance 1, times a scale `[features]`, plus a shift `[features]`: oneDNN's layer
/// normalization.
public struct LayerNormalizationPasses {
    private let rows, statistics: MemoryDescriptor
    private let epsilon: Float
    private let engine: Engine
    private let purpose: String

    /// - Parameters:
    ///   - rows: the layout of source, destination and their gradients.
    ///   - statistics: the layout of mean and variance, `[N]`.
    ///   - purpose: for the error messages, with the shapes.
    public init(
        _ rows: MemoryDescriptor, statistics: MemoryDescriptor, epsilon: Float, engine: Engine, purpose: String
    ) {
        self.rows = rows
        self.statistics = statistics
        self.epsilon = epsilon
        self.engine = engine
        self.purpose = purpose
    }

    /// Arguments `source`, `destination`, `mean`, `variance`, `scale`, `shift`.
    ///
    /// - Throws: `OneDNNError` where oneDNN has no implementation; so does the other.
    public func forward() throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(purpose: purpose) {
            cdnnl_layer_normalization_forward(
                &$0, engine.handle, rows.storage.layout, statistics.storage.layout, epsilon, $1)
        }
    }

    /// Arguments `source`, `destinationGradient`, `mean`, `variance`, `scale`, `shift`, `sourceGradient`, `scaleGradient`,
    /// `shiftGradient`.
    public func backward(_ forward: PrimitiveDescriptor) throws(OneDNNError) -> PrimitiveDescriptor {
        try PrimitiveDescriptor(purpose: "the backward pass of \(purpose)") {
            cdnnl_layer_normalization_backward(
                &$0, engine.handle, rows.storage.layout, statistics.storage.layout, epsilon, forward.raw, $1)
        }
    }
}
