import DataParallel
import MPI
import Training

/// A step of a measurement updated nothing.
struct NoUpdate: Error, CustomStringConvertible {
    let step: Int
    let rate: Double

    var description: String {
        "the loss or the gradient is not finite at step \(step) with rate \(Float(rate)): such a step updates nothing, and its "
            + "time tells nothing; give a lower --rate, or check the data for extreme values"
    }
}

extension Replica {
    /// Collective. A step that is measured.
    ///
    /// - Throws: `AgreedError` where it does not update the parameters; what `step` throws.
    package func measuredStep(_ step: Int, rate: Double, statistics: inout CycleStatistics) throws {
        let outcome = try self.step(step, rates: .uniform(rate), statistics: &statistics)
        guard outcome.isUpdated else { throw AgreedError(everywhere: NoUpdate(step: step, rate: rate)) }
    }
}
