import Training

extension ComparisonReport {
    /// What tuning tried: a table for each grid, and the variations whose best value has none beyond it.
    func tuningTables(_ dataSet: DataSetReport) -> String {
        var text = ""
        var left = dataSet.tuning
        while let first = left.first {
            let alike = left.filter { $0.grid.key == first.grid.key && $0.grid.texts == first.grid.texts }
            left.removeAll { $0.grid.key == first.grid.key && $0.grid.texts == first.grid.texts }
            text +=
                "\nTuning: accuracy on the held-out samples at the end by \(first.grid.key), %, the mean over the seeds; the "
                + "value in bold was chosen. A run that failed counts as a guess.\n\n"
            text += Self.table(
                ["variation"] + first.grid.texts,
                alike.map { outcome in
                    [outcome.variation] + outcome.values.indices.map { Self.cell(outcome, $0) }
                })
        }
        let onEdge = dataSet.tuning.filter(\.isOnEdge).map { "\($0.variation) (\($0.grid.texts[$0.chosen]))" }
        if !onEdge.isEmpty {
            text +=
                "\nOn the edge of its grid, so that a value beyond it may be better: "
                + "\(onEdge.joined(separator: ", ")).\n"
        }
        return text
    }

    private static func cell(_ outcome: TuningOutcome, _ index: Int) -> String {
        let value = outcome.values[index]
        let accuracy = NumberText.fixed(100 * value.accuracy.mean, digits: 2)
        return (index == outcome.chosen ? "**\(accuracy)**" : accuracy)
            + (value.failures > 0 ? " (\(value.failures) failed)" : "")
    }
}
