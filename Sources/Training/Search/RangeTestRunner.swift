import DataParallel
import LearningRate
import MPI

extension Replica {
    /// Collective. Runs a learning-rate range test on global batches from the present parameters, and restores
    /// parameters and optimizer state exactly.
    ///
    /// The loss is that of all ranks, so all stop at the same step.
    ///
    /// - Parameter listener: is asked and told at each step.
    /// - Returns: the test with its records; `outcome` tells the bounds, or why there are none.
    /// - Throws: `AgreedError` with the exit status 75 where a rank asked for an interruption; `MPIError`, an error of oneDNN.
    public func run(_ rangeTest: RangeTest, listener: SearchListener = SearchListener()) throws -> RangeTest {
        try restoringParameters { _ in
            var test = rangeTest
            var statistics = makeStatistics()
            var step = 0
            while let rate = test.nextRate {
                let loss = try self.step(
                    step, at: rate, statistics: &statistics, requests: listener.requests(), of: "the range test")
                // A step that could not update the parameters has diverged, whatever its loss.
                if case .stop = test.record(loss: loss ?? .nan) { break }
                step += 1
                listener.progress(.rangeTest(step: step, steps: rangeTest.steps, rate: rate, loss: loss ?? .nan))
            }
            return test
        }
    }
}
