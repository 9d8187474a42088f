import DataParallel
import LearningRate
import MPI

/// `entrain range-test`, and what `bounds: auto` does first: the test on the experiment's own steps, with its file and
/// plot.
public struct RangeTestRun {
    /// The bounds, or why there are none.
    public let outcome: RangeTest.Outcome
    /// Of the plot; nil on ranks other than the first and where no plot was asked for.
    public let plot: PlotOutcome?

    /// Collective. Parameters and optimizer state of `setup` are the same after it.
    ///
    /// - Parameters:
    ///   - title: of the plot.
    ///   - requests: what this rank asks for after the next step.
    /// - Throws: `AgreedError` of a `FileError`; `MPIError`, `DNNLError`.
    public init(_ setup: Setup, directory: RunDirectory, title: String, requests: () -> StepRequests = { [] }) throws {
        let test = try setup.replica.run(setup.configuration.rangeTest, requests: requests)
        outcome = test.outcome
        let points = test.records.map {
            RangeTestPoint(rate: $0.rate, loss: $0.loss, smoothedLoss: $0.smoothedLoss)
        }
        let communicator = setup.replica.communicator
        try communicator.agree {
            if communicator.rank == 0 { try directory.write(points) }
        }
        guard communicator.rank == 0, setup.configuration.output.plot else {
            plot = nil
            return
        }
        var found: (min: Double, max: Double)?
        if case .bounds(let bounds, _, _) = outcome { found = (bounds.minimum, bounds.maximum) }
        plot = RangeTestPlot(title: title, points: points, bounds: found).draw(to: directory.rangeTestPlot)
    }
}
