import DataParallel
import LearningRate

extension Replica {
    /// Collective. Runs a learning-rate range test on global batches from the present parameters, and restores
    /// parameters and optimizer state exactly.
    ///
    /// The loss is that of all ranks, so all stop at the same step.
    ///
    /// - Returns: the test with its records; `outcome` tells the bounds, or why there are none.
    public func run(_ rangeTest: RangeTest) throws -> RangeTest {
        try restoringParameters {
            var test = rangeTest
            var statistics = CycleStatistics(classCount: classCount)
            var step = 0
            while let rate = test.nextRate {
                let outcome = try self.step(step, rate: rate, statistics: &statistics)
                let samples = batches.batch(ofStep: step % batches.stepsPerEpoch).count
                // A step that could not update the parameters has diverged, whatever its loss.
                let loss = outcome.isUpdated ? outcome.loss.mean(over: samples) : .nan
                if case .stop = test.record(loss: loss) { break }
                step += 1
            }
            return test
        }
    }
}
