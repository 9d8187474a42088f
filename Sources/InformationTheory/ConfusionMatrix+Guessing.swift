/// Predictions that say nothing of the labels.
public struct Guessing: Sendable, Hashable {
    /// Share of the samples that have the most frequent label.
    public let majority: Double
    /// Share of the samples that are predicted correctly.
    public let accuracy: Double
    /// The one class that is predicted; nil for several.
    public let onlyPrediction: Int?
    /// I(Y;Ŷ) by the plug-in estimate, and its standard error, in nats.
    public let mutualInformation, standardError: Double
}

extension ConfusionMatrix {
    /// Non-nil where naming the most frequent label would be right as often and I(Y;Ŷ) is within its error of 0: where
    /// predictions independent of the labels would give as much in 1 of about 40 cases.
    ///
    /// The statistic 2 N I(Y;Ŷ) of N samples is then distributed as chi² with f = (labels that occur − 1) (predictions that
    /// occur − 1) degrees of freedom, of mean f and variance 2 f; the bound is the mean and two standard deviations. (S. Wilks,
    /// Annals of Mathematical Statistics 9, 1938.) Nil for an empty table and for labels of one class, of which there is
    /// nothing to say.
    public var guessing: Guessing? {
        let (labels, predictions) = (rowSums, columnSums)
        let occurring = labels.count { $0 > 0 }
        let predicted = predictions.indices.filter { predictions[$0] > 0 }
        guard occurring > 1, let most = labels.max(), correct <= most else { return nil }
        let information = information(.plugIn)
        let freedom = Double((occurring - 1) * (predicted.count - 1))
        let bound = freedom + 2 * (2 * freedom).squareRoot()
        let samples = Double(total)
        guard 2 * samples * information.mutualInformation <= bound + 1e-9 * samples else { return nil }
        return Guessing(
            majority: Double(most) / samples, accuracy: accuracy,
            onlyPrediction: predicted.count == 1 ? predicted[0] : nil,
            mutualInformation: information.mutualInformation, standardError: information.standardError)
    }
}
