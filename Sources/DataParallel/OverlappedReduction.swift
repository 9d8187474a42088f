import CKernels
import MPI
import NeuralNetwork

/// The reduction of gradients between nodes while the backward pass goes on.
///
/// A rank's slice is cut into buckets from its end, as the backward pass comes by. A bucket is reduced by `MPI_Iallreduce`
/// from the moment when all ranks of the node have its gradients. MPI libraries progress such operations only inside of
/// their calls, so that each layer of the backward pass asks for it.
final class OverlappedReduction {
    private let owners: (any Communicator)?
    private let arenas: NodeArenas
    /// From the end of the slice; the same on all owners of the slice.
    private let buckets: [Range<Int>]
    private var pending: [PendingReduction] = []
    /// When they were started.
    private var starts: [UInt64] = []
    /// The first that has not been waited for, of those that were started.
    private var firstOpen = 0
    /// Steps that were reduced.
    private var steps: UInt64 = 0
    /// Whether a reduction was on the way when the last call in the backward pass ended.
    var isUnderWay: Bool { firstOpen < pending.count }

    /// Where it is recorded when each bucket was on its way; nil not to.
    var timeline: Timeline?

    /// - Parameters:
    ///   - owners: of the slice; nil for a rank whose slice is empty, and which only tells how far it is.
    ///   - bucketFloats: size of a bucket.
    init(over owners: (any Communicator)?, _ arenas: NodeArenas, slice: Range<Int>, bucketFloats: Int) {
        self.owners = owners
        self.arenas = arenas
        buckets = stride(from: slice.upperBound, to: slice.lowerBound, by: -bucketFloats).map {
            max(slice.lowerBound, $0 - bucketFloats)..<$0
        }
        pending.reserveCapacity(buckets.count)
        starts.reserveCapacity(buckets.count)
    }

    /// This rank's gradients from `floor` on are final: starts what has become ready, and lets the library progress.
    func advance(to floor: Int) throws(MPIError) {
        arenas.publish(mark(floor))
        while pending.count < buckets.count, arenas.lowestMark() >= mark(buckets[pending.count].lowerBound) {
            try start(buckets[pending.count])
        }
        while firstOpen < pending.count, try pending[firstOpen].isComplete { close() }
    }

    /// Collective over the owners of the slice, when all gradients of the node are final: returns when the slice holds the
    /// sum over all ranks.
    func finish() throws(MPIError) {
        for bucket in buckets[pending.count...] { try start(bucket) }
        for (index, reduction) in pending.enumerated() {
            try reduction.wait()
            if index == firstOpen { close() }
        }
        pending.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        firstOpen = 0
        steps += 1
    }

    private func start(_ bucket: Range<Int>) throws(MPIError) {
        guard let owners else { preconditionFailure("a bucket of a rank that owns no slice") }
        arenas.sumGradients(bucket)
        starts.append(timeline == nil ? 0 : Timeline.now())
        pending.append(
            try owners.startAllReduce(ofKept: UnsafeMutableBufferPointer(rebasing: arenas.gradient[bucket]), .sum))
    }

    /// The first open one has come to its end.
    private func close() {
        timeline?.record("bucket", .buckets, since: starts[firstOpen])
        firstOpen += 1
    }

    /// Rises from step to step, and within a step as the floor falls.
    private func mark(_ floor: Int) -> UInt64 {
        steps * UInt64(arenas.count + 1) + UInt64(arenas.count - floor) + 1
    }
}
