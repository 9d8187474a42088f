import InformationTheory
import LearningRate

/// One step as seen by all ranks.
public struct StepRecord: Sendable {
    /// Steps done, this one included, and those that were left out.
    public let step: Int
    public let epoch: Double
    /// The rate of this update.
    public let rate: Double
    /// Mean over the global batch, from before the update, in nats.
    public let loss: Double
    /// Samples of the global batch.
    public let samples: Int
}

/// One cycle as seen by all ranks.
public struct CycleRecord: Sendable {
    /// From 0.
    public let cycle: Int
    /// Its line of `metrics.jsonl`.
    public let metrics: CycleMetrics
    /// Those of all layers, of the cycle's last step.
    public let rates: LayerRates
    /// What the metrics did to the rate.
    public let decision: RateDecision
    /// From the predictions made while training.
    public let train: GlobalMetrics
    public let validation: GlobalMetrics?
    public let test: GlobalMetrics?
    /// Labels of the test set against predictions; nil without one, and with several targets.
    public let testConfusion: ConfusionMatrix?
    /// What each layer with parameters says about the labels; empty where it was not measured.
    public let layers: [LayerMetrics]
    /// Seconds of the steps, and of measuring layers where their rates ask for it; without evaluation.
    public let trainingSeconds: Double

    /// Steps done, with those that were left out.
    public var step: Int { metrics.step }
    public var epoch: Double { metrics.epoch }
    /// The rate of the cycle's last step; the highest where layers have rates of their own.
    public var rate: Double { metrics.rate }
}
