import DataParallel
import LearningRate
import MPI

extension Replica {
    /// Collective. A step of a search for rates, at one rate for all layers.
    ///
    /// - Parameters:
    ///   - step: steps done before.
    ///   - requests: of this rank.
    ///   - search: as a sentence calls it: "the range test".
    /// - Returns: the mean loss of the global batch from before the update, in nats; nil where the step could not update the
    ///   parameters.
    /// - Throws: `AgreedError` with the exit status 75 where a rank asked for an interruption; `MPIError`, an error of oneDNN.
    func step(
        _ step: Int, at rate: Double, statistics: inout CycleStatistics, requests: StepRequests, of search: String
    ) throws -> Double? {
        let outcome = try self.step(step, rates: .uniform(rate), statistics: &statistics, requests: requests)
        if outcome.requests.contains(.interruption) {
            throw AgreedError(
                everywhere: Interruption(
                    description:
                        "interrupted in \(search); give the command again, with --resume auto (train) or another "
                        + "--output"))
        }
        guard outcome.isUpdated else { return nil }
        return outcome.meanLoss
    }
}
