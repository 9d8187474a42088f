import InformationTheory

/// How mutual information is measured from predictions.
public struct InformationSettings: Sendable, Equatable {
    public var predictions: Predictions
    /// Of hard predictions; soft ones have the plug-in estimate.
    public var estimator: EntropyEstimator

    /// What a prediction is.
    public enum Predictions: Sendable {
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
