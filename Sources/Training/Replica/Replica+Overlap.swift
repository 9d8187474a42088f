import DataParallel
import LearningRate
import MPI

extension Replica {
    /// Exchanges gradients while the backward pass goes on. Set alike on all ranks, between two steps; always false where no
    /// reduction does so: on one node, where the order of sums is fixed, or where gradients are compressed.
    public var overlapsReduction: Bool {
        get { update.reduction is OverlappedReduction }
        set {
            guard let reduction = update.reductions.first(where: { ($0 is OverlappedReduction) == newValue }) else {
                return
            }
            update.reduction = reduction
        }
    }

    /// True where there is more than one way to reduce the gradients.
    package var canOverlapReduction: Bool { update.reductions.count > 1 }

    /// Collective. Tries steps with each way to reduce the gradients, by turns, and keeps what is fastest on the slowest rank;
    /// the same on all ranks. Restores parameters, optimizer state and statistics exactly.
    ///
    /// - Parameters:
    ///   - steps: of each kind, after one that is not counted.
    ///   - secondsOf: runs a step and tells how long it took.
    package func chooseOverlap(
        steps: Int = 5, secondsOf: (_ step: () throws -> Void) throws -> Double = StopWatch.seconds
    ) throws {
        guard canOverlapReduction else { return }
        var seconds = update.reductions.map { _ in 0.0 }
        try restoringParameters { _ in
            var statistics = makeStatistics()
            for step in 0...steps {
                for (index, reduction) in update.reductions.enumerated() {
                    update.reduction = reduction
                    try communicator.barrier()
                    let taken = try secondsOf {
                        _ = try self.step(step, rates: .uniform(0), statistics: &statistics)
                    }
                    if step > 0 { seconds[index] += taken }
                }
            }
        }
        try communicator.allReduce(&seconds, .max)
        let fastest = seconds.indices.min { seconds[$0] < seconds[$1] }!
        update.reduction = update.reductions[fastest]
    }
}
