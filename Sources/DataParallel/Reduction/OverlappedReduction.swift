import MPI

/// The sum over nodes while the backward pass goes on.
///
/// A rank's slice is cut into buckets from its end, as the backward pass comes by. A bucket is reduced by `MPI_Iallreduce`
/// from the moment when all ranks of the node have its gradients. MPI libraries progress such operations only inside of
/// their calls, so that each layer of the backward pass asks for it.
package final class OverlappedReduction: GradientReduction {
    private let owners: (any Communicator)?
    private let arenas: NodeArenas
    /// From the end of the slice; the same on all owners of the slice.
    private let buckets: [Range<Int>]
    private var pending: [PendingReduction] = []
    /// When they were started.
    private var starts: [UInt64] = []
    /// The first that has not been waited for, of those that were started.
    private var firstOpen = 0
    /// Steps that this has reduced or ended: by it ranks know which gradients are of this step.
    private var steps: UInt64 = 0
    /// When the last call in the backward pass ended; of steps that are profiled.
    private var lastCall: ContinuousClock.Instant?

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

    /// Starts what has become ready, and lets the library progress.
    package func gradientIsFinal(from floor: Int, _ measurement: UpdateMeasurement) throws(MPIError) {
        countHidden(measurement.profile)
        try traced(measurement.timeline, "overlapped reduction") { () throws(MPIError) in
            try measured(measurement.profile, \.inBackwardPass) { () throws(MPIError) in
                arenas.publish(mark(floor))
                while pending.count < buckets.count,
                    arenas.lowestMark() >= mark(buckets[pending.count].lowerBound)
                {
                    try start(buckets[pending.count], measurement.timeline)
                }
                while firstOpen < pending.count, try pending[firstOpen].isComplete { close(measurement.timeline) }
            }
        }
        if measurement.profile != nil { lastCall = .now }
    }

    package func sum(_ measurement: UpdateMeasurement) throws(MPIError) {
        lastCall = nil
        for bucket in buckets[pending.count...] { try start(bucket, measurement.timeline) }
        for (index, reduction) in pending.enumerated() {
            try reduction.wait()
            if index == firstOpen { close(measurement.timeline) }
        }
        pending.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        firstOpen = 0
        steps += 1
    }

    /// Brings to its end an exchange that some ranks have begun: the next step's gradients take its place.
    package func skip(_ measurement: UpdateMeasurement) throws(MPIError) {
        try sum(measurement)
    }

    private func start(_ bucket: Range<Int>, _ timeline: Timeline?) throws(MPIError) {
        guard let owners else { preconditionFailure("a bucket of a rank that owns no slice") }
        arenas.sumGradients(bucket)
        starts.append(timeline == nil ? 0 : Timeline.now())
        pending.append(
            try owners.startAllReduce(ofKept: UnsafeMutableBufferPointer(rebasing: arenas.gradient[bucket]), .sum))
    }

    /// The first open one has come to its end.
    private func close(_ timeline: Timeline?) {
        timeline?.record("bucket", .buckets, since: starts[firstOpen])
        firstOpen += 1
    }

    /// Counts the time since the last call in the backward pass, if gradients were on the way in it.
    private func countHidden(_ profile: UpdateProfile?) {
        guard let profile, let lastCall, firstOpen < pending.count else { return }
        profile.hidden += (ContinuousClock.now - lastCall) / .seconds(1)
    }

    /// Rises from step to step, and within a step as the floor falls.
    private func mark(_ floor: Int) -> UInt64 {
        steps * UInt64(arenas.count + 1) + UInt64(arenas.count - floor) + 1
    }
}
