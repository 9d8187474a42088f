import NeuralNetwork

/// What a step came to, the same on all ranks.
public struct StepOutcome: Sendable, Equatable {
    /// Over the global batch, from before the update.
    public let loss: BatchLoss
    /// False if the gradient was to be clipped and its norm was infinite or not a number.
    public let hasFiniteNorm: Bool

    /// What any rank asked for.
    public let requests: StepRequests

    package init(loss: BatchLoss, hasFiniteNorm: Bool, requests: StepRequests = []) {
        self.loss = loss
        self.hasFiniteNorm = hasFiniteNorm
        self.requests = requests
    }

    /// Whether parameters and optimizer state were changed.
    public var isUpdated: Bool { loss.nonFiniteCount == 0 && hasFiniteNorm }
}
