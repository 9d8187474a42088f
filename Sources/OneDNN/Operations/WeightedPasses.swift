/// The passes of an operation with weights: y = f(x, W) + b, and the gradients of x, of W and of b.
public protocol WeightedPasses {
    /// Dimensions of W.
    var weightShape: [Int] { get }
    /// The layout of y.
    var destination: MemoryDescriptor { get }

    /// Arguments `source`, `weights`, `bias`, `destination`.
    ///
    /// - Parameters:
    ///   - source: of which the layout may be left to oneDNN, as may that of the weights.
    ///   - postOperations: applied to y, in their order.
    /// - Throws: `OneDNNError` where oneDNN has no implementation; so do the others.
    func forward(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor, fusing postOperations: [PostOperation]
    ) throws(OneDNNError) -> PrimitiveDescriptor

    /// Arguments `destinationGradient`, `weights`, `sourceGradient`.
    func backwardData(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor

    /// Arguments `source`, `destinationGradient`, `weightsGradient`, `biasGradient`.
    ///
    /// - Parameter weights: those of the gradient.
    func backwardWeights(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescriptor
}
