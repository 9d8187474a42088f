import LearningRate
import Training

/// The table of a run, a row a cycle.
struct CycleTable {
    /// Whose mutual information is shown: what steers the rate.
    var source: PredictionSource = .train

    /// Whether there is a column of the accuracy on a validation set.
    var hasValidation = false

    /// - Parameter metrics: of the first cycle.
    func header(for metrics: CycleMetrics) -> String {
        let score = metrics.train?.targets == nil ? "acc." : "R²"
        let validation = hasValidation ? [("val. \(score)", 11)] : []
        return Self.join(
            [("epoch", 8), ("loss", 8), ("train \(score)", 11)] + validation + [
                ("test \(score)", 11), ("I(Y;Ŷ) \(source.rawValue)", 21), ("rate", 11),
                ("samples/s", 13),
            ])
    }

    func row(_ metrics: CycleMetrics) -> String {
        let seen = source == .validation ? metrics.validation : metrics.train
        let information = seen.map {
            "\(NumberText.fixed($0.mutualInformation, digits: 4)) ± \(NumberText.fixed($0.standardError, digits: 4))"
        }
        let isWhole = metrics.epoch == metrics.epoch.rounded()
        let validation = hasValidation ? [(NumberText.score(metrics.validation), 11)] : []
        return Self.join(
            [
                (NumberText.fixed(metrics.epoch, digits: isWhole ? 0 : 2), 8),
                (NumberText.loss(metrics.train?.loss), 8), (NumberText.score(metrics.train), 11),
            ] + validation + [
                (NumberText.score(metrics.test), 11), (information ?? "–", 21),
                (NumberText.significant(metrics.rate, digits: 4), 11),
                (NumberText.grouped(metrics.samplesPerSecond), 13),
            ])
    }

    /// Columns flush right.
    private static func join(_ cells: [(text: String, width: Int)]) -> String {
        cells.map { String(repeating: " ", count: max(1, $0.width - $0.text.count)) + $0.text }.joined()
    }
}
