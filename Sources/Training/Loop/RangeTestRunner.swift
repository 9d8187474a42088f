import DataParallel
import LearningRate
import MPI

extension Replica {
    /// Collective. Runs a learning-rate range test on global batches from the present parameters, and restores
    /// parameters and optimizer state exactly.
    ///
    /// The loss is that of all ranks, so all stop at the same step.
    ///
    /// - Parameter requests: what this rank asks for after the next step.
    /// - Returns: the test with its records; `outcome` tells the bounds, or why there are none.
    /// - Throws: `AgreedError` with the exit status 75 where a rank asked for an interruption; `MPIError`, `DNNLError`.
    public func run(_ rangeTest: RangeTest, requests: () -> StepRequests = { [] }) throws -> RangeTest {
        try restoringParameters { _ in
            var test = rangeTest
            var statistics = makeStatistics()
            var step = 0
            while let rate = test.nextRate {
                let outcome = try self.step(step, rates: .uniform(rate), statistics: &statistics, requests: requests())
                if outcome.requests.contains(.interruption) {
                    throw AgreedError(
                        everywhere: Interruption(
                            description: "interrupted in the range test; give the command again, with --resume auto "
                                + "(train) or another --output"))
                }
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
