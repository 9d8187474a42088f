import DataParallel
import LearningRate
import MPI

/// `entrain range-test`, and what `bounds: auto` does first: the test on the experiment's own steps.
struct RangeTestRun {
    /// The bounds, or why there are none.
    let outcome: RangeTest.Outcome
    /// The same on all ranks.
    let points: [RangeTestPoint]

    /// Collective. Parameters and optimizer state of `setup` are the same after it.
    ///
    /// - Parameter requests: what this rank asks for after the next step.
    init(_ setup: Setup, requests: () -> StepRequests = { [] }) throws {
        let test = try setup.replica.run(setup.configuration.rangeTest, requests: requests)
        outcome = test.outcome
        points = test.records.map { RangeTestPoint(rate: $0.rate, loss: $0.loss, smoothedLoss: $0.smoothedLoss) }
    }

    func plot(title: String) -> RangeTestPlot {
        var found: (min: Double, max: Double)?
        if case .bounds(let bounds, _, _) = outcome { found = (bounds.minimum, bounds.maximum) }
        return RangeTestPlot(title: title, points: points, bounds: found)
    }
}
