import NeuralNetwork

/// How gradients are reduced between nodes; the same on all ranks.
public struct ReductionSettings: Sendable, Equatable {
    /// Bytes reduced at once while the backward pass goes on.
    public var bucketBytes = 1 << 18
    /// True where gradients travel as bfloat16, half as many bytes, with error feedback.
    public var compresses = false

    public init() {}

    /// The reductions that suit a topology, the same on all ranks. Where there is more than one, they differ in time, and in the
    /// order of the sum as far as that is the MPI library's; the first waits for the end of the backward pass.
    ///
    /// - Parameters:
    ///   - slice: of this rank.
    ///   - isFixed: whether the order of the sum must not depend on the number of ranks; then nothing is compressed.
    /// - Throws: where the system gives no memory.
    package func reductions(
        over topology: NodeTopology, _ arenas: NodeArenas, slice: Range<Int>, isFixed: Bool
    ) throws(MemoryShortage) -> [any GradientReduction] {
        precondition(!isFixed || !compresses, "compressed gradients of a fixed number of shards")
        guard topology.nodeCount > 1 else { return [NodeReduction(arenas, slice: slice)] }
        let owners = topology.sliceOwners
        if isFixed { return [try TreeReduction(over: owners, arenas, slice: slice)] }
        if compresses { return [try CompressedReduction(over: owners, arenas, slice: slice)] }
        return [
            BlockingReduction(over: owners, arenas, slice: slice),
            OverlappedReduction(
                over: owners, arenas, slice: slice, bucketFloats: max(16, bucketBytes / 64 * 16)),
        ]
    }
}
