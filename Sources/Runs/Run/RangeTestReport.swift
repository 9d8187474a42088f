import LearningRate

/// The figures and the plot that a range test leaves in the run directory.
struct RangeTestReport {
    let test: RangeTest

    /// The same on all ranks.
    var points: [RangeTestPoint] {
        test.records.map { RangeTestPoint(rate: $0.rate, loss: $0.loss, smoothedLoss: $0.smoothedLoss) }
    }

    /// - Parameter isInNats: false of real targets.
    func plot(title: String, isInNats: Bool) -> RangeTestPlot {
        var found: (min: Double, max: Double)?
        if case .bounds(let bounds, _, _) = test.outcome { found = (bounds.minimum, bounds.maximum) }
        return RangeTestPlot(title: title, points: points, bounds: found, isInNats: isInNats)
    }
}
