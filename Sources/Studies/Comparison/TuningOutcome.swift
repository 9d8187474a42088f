import Training

/// What tuning found for a variation on a data set.
struct TuningOutcome: Sendable {
    let dataSet: String
    let variation: String
    let grid: Comparison.Grid
    /// Outcome of each value of the grid.
    let values: [Value]
    /// The value with the highest mean accuracy, the first of equals.
    let chosen: Int
    /// Results of all runs.
    let results: [TrialResult]

    struct Value: Sendable {
        /// On the held-out samples at the end, over the seeds. A run that failed has the accuracy of guessing: the rate that it
        /// failed at may fail again.
        let accuracy: SampleSummary
        let failures: Int
    }

    /// - Parameter results: of every value of the grid, with every seed.
    init(dataSet: String, variation: String, grid: Comparison.Grid, results: [(Trial, TrialResult)]) {
        self.dataSet = dataSet
        self.variation = variation
        self.grid = grid
        self.results = results.map(\.1)
        values = grid.values.indices.map { index in
            let runs = results.filter { $0.0.purpose == .tuning(value: index) }.map(\.1)
            return Value(
                accuracy: SampleSummary(
                    runs.map { run in
                        run.failure == nil ? run.cycles.ofFinalWeights?.validation?.score ?? run.chance : run.chance
                    }),
                failures: runs.count { $0.failure != nil })
        }
        var chosen = 0
        for index in values.indices where values[index].accuracy.mean > values[chosen].accuracy.mean { chosen = index }
        self.chosen = chosen
    }

    /// Whether the chosen value is the lowest or the highest of several numbers, so that one beyond them may be better.
    var isOnEdge: Bool {
        let numbers = grid.texts.compactMap(Double.init)
        guard numbers.count == grid.values.count, numbers.count > 1 else { return false }
        return numbers[chosen] == numbers.min() || numbers[chosen] == numbers.max()
    }
}

extension Comparison.Grid {
    var key: String { path.joined(separator: ".") }

    /// The values as they were written.
    var texts: [String] { values.map(\.found) }
}
