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
    /// predictions independent of the labels would give as much in 1 of about 40 cases, the bound of
    /// ``informationExceedsChance(by:)`` being two standard deviations.
    ///
    /// Nil for an empty table and for labels of one class, of which there is nothing to say.
    public var guessing: Guessing? {
        let (labels, predictions) = (rowSums, columnSums)
        let predicted = predictions.indices.filter { predictions[$0] > 0 }
        guard labels.count(where: { $0 > 0 }) > 1, let most = labels.max(), correct <= most else { return nil }
        let information = information(.plugIn)
        guard !exceedsChance(information.mutualInformation, by: 2) else { return nil }
        return Guessing(
            majority: Double(most) / Double(total), accuracy: accuracy,
            onlyPrediction: predicted.count == 1 ? predicted[0] : nil,
            mutualInformation: information.mutualInformation, standardError: information.standardError)
    }

    /// True where I(Y;Ŷ) is higher than predictions independent of the labels give by chance.
    ///
    /// The statistic 2 N I(Y;Ŷ) of N samples is then distributed as chi² with f = (labels that occur − 1) (predictions that
    /// occur − 1) degrees of freedom, of mean f and variance 2 f. (S. Wilks, Annals of Mathematical Statistics 9, 1938.)
    ///
    /// - Parameter deviations: standard deviations above the mean that are chance.
    public func informationExceedsChance(by deviations: Double) -> Bool {
        exceedsChance(information(.plugIn).mutualInformation, by: deviations)
    }

    private func exceedsChance(_ mutualInformation: Double, by deviations: Double) -> Bool {
        let (labels, predictions) = (rowSums.count { $0 > 0 }, columnSums.count { $0 > 0 })
        let freedom = Double(max(labels - 1, 0) * max(predictions - 1, 0))
        let bound = freedom + deviations * (2 * freedom).squareRoot()
        let samples = Double(total)
        return 2 * samples * mutualInformation > bound + 1e-9 * samples
    }
}
