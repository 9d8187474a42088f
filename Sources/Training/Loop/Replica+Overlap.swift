import DataParallel
import LearningRate
import MPI

extension Replica {
    /// Whether gradients are exchanged while the backward pass goes on. Set alike on all ranks, between two steps.
    public var overlapsReduction: Bool {
        get { update.overlaps }
        set { update.overlaps = newValue }
    }

    /// Whether there is anything to overlap: more than one node, whose sums are in no fixed order and not compressed.
    var canOverlapReduction: Bool { update.canOverlap }

    /// Collective. Tries steps with and without overlap, by turns, and keeps what is faster on the slowest rank; the same on
    /// all ranks. Restores parameters, optimizer state and statistics exactly.
    ///
    /// - Parameters:
    ///   - steps: of each kind, after one that is not counted.
    ///   - secondsOf: runs a step and tells how long it took.
    package func chooseOverlap(
        steps: Int = 5, secondsOf: (_ step: () throws -> Void) throws -> Double = StopWatch.seconds
    ) throws {
        guard canOverlapReduction else { return }
        var seconds = [false: 0.0, true: 0.0]
        try restoringParameters { _ in
            var statistics = makeStatistics()
            for step in 0...steps {
                for overlaps in [false, true] {
                    overlapsReduction = overlaps
                    try communicator.barrier()
                    let taken = try secondsOf {
                        _ = try self.step(step, rates: .uniform(0), statistics: &statistics)
                    }
                    if step > 0 { seconds[overlaps]! += taken }
                }
            }
        }
        overlapsReduction =
            try communicator.allReduce(seconds[true]!, .max) < communicator.allReduce(seconds[false]!, .max)
    }
}
