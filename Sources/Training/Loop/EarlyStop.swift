import Settings

/// Section `training.stop`: ends a training when a metric of its cycles no longer improves.
public struct EarlyStop: Configurable, Hashable {
    public var metric = CycleMetric(.validation, .loss)
    /// Cycles in a row without a better value, at least 1.
    public var patience = 3

    public init() {}

    public init(_ metric: CycleMetric, patience: Int) {
        self.metric = metric
        self.patience = patience
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "metric", \.metric, expected: "a metric such as validation.loss",
            "set and metric, named as in metrics.jsonl: of train the predictions made while the weights change; losses are "
                + "better when lower, the others when higher; a choice by the test set makes its score look better than it is"
        ).alsoKnownAs("monitor"),
        .init("patience", \.patience, .atLeast(1), unit: "cycles", "time without a better value before the stop"),
    ]
}
