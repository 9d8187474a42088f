import CKernels
import MPI
import NeuralNetwork

/// Sums over ranks in one binary tree, each rank those of its part of the values: reduce-scatter by direct exchange, sum in the
/// order of the ranks, all-gather. Each rank sends and receives as much as a ring would have it, and the bits do not depend on
/// the MPI library. What travels is any type that the caller makes of the floats and back.
final class OwnedPart {
    /// This rank's part of the values of each rank, one after the other.
    let received: AlignedBuffer
    /// The sum of this rank's part.
    let sum: AlignedBuffer
    private let communicator: any Communicator
    /// The part of the values that each rank sums.
    private let parts: BlockLayout
    /// This rank's part as it is on each rank.
    private let copies: BlockLayout
    private let sources: UnsafeMutableBufferPointer<UnsafePointer<Float>?>

    /// - Parameter count: of values, the same on all ranks.
    /// - Throws: where the system gives no memory.
    init(of count: Int, over communicator: any Communicator) throws(MemoryShortage) {
        self.communicator = communicator
        let ranks = communicator.size
        parts = BlockLayout(counts: (0..<ranks).map { count * ($0 + 1) / ranks - count * $0 / ranks })
        let own = parts.counts[communicator.rank]
        copies = BlockLayout(counts: Array(repeating: own, count: ranks))
        received = try AlignedBuffer(claimingFloats: own * ranks)
        sum = try AlignedBuffer(claimingFloats: own)
        sources = .allocate(capacity: ranks)
        for rank in 0..<ranks {
            sources.initializeElement(at: rank, to: UnsafePointer(received.floats.baseAddress! + rank * own))
        }
    }

    deinit {
        sources.deallocate()
    }

    /// Collective. Gives each rank its part of all ranks' values.
    func scatter<Value: MPIScalar>(
        _ values: UnsafeMutableBufferPointer<Value>, into received: UnsafeMutableBufferPointer<Value>
    ) throws(MPIError) {
        var target = received.mutableSpan
        try communicator.allToAll(UnsafeBufferPointer(values).span, layout: parts, into: &target, layout: copies)
    }

    /// Adds up what was received.
    func addUp() {
        kernels_sum(sum.floats.baseAddress, sources.baseAddress, Int64(sources.count), 0, Int64(sum.floats.count))
    }

    /// Collective. Gives all ranks the parts of all.
    func gather<Value: MPIScalar>(
        _ part: UnsafeMutableBufferPointer<Value>, into values: UnsafeMutableBufferPointer<Value>
    ) throws(MPIError) {
        var target = values.mutableSpan
        try communicator.allGather(UnsafeBufferPointer(part).span, into: &target, layout: parts)
    }
}
