import InformationTheory
import Settings

/// How mutual information is measured from predictions.
public struct InformationSettings: Sendable, Equatable {
    public var predictions: Predictions
    /// The estimator for hard predictions; soft ones have the plug-in estimate.
    public var estimator: EntropyEstimator

    /// The kind of prediction that is counted.
    public enum Predictions: String, CaseIterable, Codable, SettingValue {
        /// The class of the largest logit.
        case hard
        /// A class drawn by the predicted probabilities: each sample counts in every column by its share.
        case soft
    }

    public init(predictions: Predictions = .hard, estimator: EntropyEstimator = .plugIn) {
        precondition(
            predictions == .hard || estimator == .plugIn, "soft predictions have the plug-in estimate, not \(estimator)"
        )
        self.predictions = predictions
        self.estimator = estimator
    }
}

/// The samples whose predictions steer a rate.
public enum PredictionSource: String, CaseIterable, Codable, SettingValue {
    /// The predictions made while training, of each sample before its update.
    case train
    case validation
}

extension EntropyEstimator: SettingValue {
    private static let words: KeyValuePairs<String, Self> = [
        "plug-in": .plugIn, "miller-madow": .millerMadow, "chao-shen": .chaoShen, "shuffle": .shuffle,
    ]

    public init?(_ node: ConfigurationNode) {
        guard let text = String(node), let match = Self.words.first(where: { $0.key == text }) else { return nil }
        self = match.value
    }

    public var written: WrittenValue {
        guard let match = Self.words.first(where: { $0.value == self }) else { preconditionFailure("\(self)") }
        return .word(match.key)
    }

    public static var form: ValueForm { .words(words.map(\.key)) }

    public static func advice(for node: ConfigurationNode) -> String? { nearest(to: node, among: words.map(\.key)) }
}
