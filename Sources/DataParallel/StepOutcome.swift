import NeuralNetwork

/// What a step came to, the same on all ranks.
public struct StepOutcome: Sendable, Equatable {
    /// Over the global batch, from before the update.
    public let loss: BatchLoss
    /// Divisor of the loss for its mean: the number of samples, or the sum of their weights.
    public let weight: Double
    /// False if the gradient was to be clipped and its norm was infinite or not a number.
    public let hasFiniteNorm: Bool

    /// What any rank asked for.
    public let requests: StepRequests

    package init(loss: BatchLoss, weight: Double, hasFiniteNorm: Bool, requests: StepRequests = []) {
        self.loss = loss
        self.weight = weight
        self.hasFiniteNorm = hasFiniteNorm
        self.requests = requests
    }

    /// In nats for classes; NaN where a sample's loss is not finite.
    public var meanLoss: Double { loss.mean(over: weight) }

    /// Whether parameters and optimizer state were changed.
    public var isUpdated: Bool { loss.nonFiniteCount == 0 && hasFiniteNorm }
}
