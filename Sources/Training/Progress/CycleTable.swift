/// The table of a run, a row a cycle.
struct CycleTable {
    /// Whose mutual information is shown: what steers the rate.
    var source: Configuration.LearningRate.Source = .train

    private static let widths = [8, 8, 11, 11, 21, 11, 13]

    var header: String {
        Self.join(["epoch", "loss", "train acc.", "test acc.", "I(Y;Ŷ) \(source.rawValue)", "rate", "samples/s"])
    }

    func row(_ metrics: CycleMetrics) -> String {
        let seen = source == .validation ? metrics.validation : metrics.train
        let information = seen.map {
            "\(NumberText.fixed($0.mutualInformation, digits: 4)) ± \(NumberText.fixed($0.standardError, digits: 4))"
        }
        let isWhole = metrics.epoch == metrics.epoch.rounded()
        return Self.join([
            NumberText.fixed(metrics.epoch, digits: isWhole ? 0 : 2),
            NumberText.fixed(metrics.train?.loss, digits: 4), NumberText.percent(metrics.train?.accuracy),
            NumberText.percent(metrics.test?.accuracy), information ?? "–",
            NumberText.significant(metrics.rate, digits: 4), NumberText.grouped(metrics.samplesPerSecond),
        ])
    }

    /// Columns flush right.
    private static func join(_ cells: [String]) -> String {
        zip(cells, widths).map { cell, width in String(repeating: " ", count: max(1, width - cell.count)) + cell }
            .joined()
    }
}
