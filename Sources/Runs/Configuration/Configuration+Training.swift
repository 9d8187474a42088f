import Settings
import Training

extension Configuration {
    /// Section `training`: how long and in what portions.
    public struct Training: Configurable, Equatable {
        public var batch = 128
        public var epochs = 10
        public var cycle = 1.0
        public var labelSmoothing = 0.0
        public var steps: Int?
        public var threads = 1
        public var precision = Precision.f32
        public var microBatch: Int?
        public var recompute = false
        public var stop: Stop?
        public var stopCycles = 3
        public var nonFinite = NonFinite.stop
        public var rollBackFactor = 0.5
        public var watch = Watch.auto

        public init() {}

        public static let settings: [Setting<Self>] = [
            .init("batch", \.batch, .atLeast(1), unit: "samples", "global batch, shared by all ranks").alsoKnownAs(
                "batch_size", "global_batch_size", "minibatch"),
            .init(
                "epochs", \.epochs, .from(1, through: Int(Limit<Double>.mostEpochs)), "passes over the training set"
            ).alsoKnownAs("num_epochs", "max_epochs", "nb_epoch"),
            .init(
                "cycle", \.cycle, .above(0), unit: "epochs",
                "span between two looks at the mutual information, at most training.epochs"),
            .init(
                "labelSmoothing", \.labelSmoothing, .from(0, below: 1).inSinglePrecision,
                "share of a label's mass spread evenly over all classes"),
            .init("steps", \.steps, .atLeast(1), "most steps of the run; null: no limit but the epochs").alsoKnownAs(
                "max_steps", "num_steps", "iterations"),
            .init("threads", \.threads, .from(1, through: 4096), "threads of each rank"),
            .init(
                "precision", \.precision,
                "format that maps and the products of the layers are computed in; parameters, their update and the loss "
                    + "are float32 in both"
            ).alsoKnownAs("dtype", "amp", "mixed_precision"),
            .init(
                "microBatch", \.microBatch, .atLeast(1), unit: "samples",
                "most samples that a rank takes through the network at once; null: the rank's whole part of the batch"
            ).alsoKnownAs("accumulate_grad_batches", "gradient_accumulation_steps"),
            .init(
                "recompute", \.recompute,
                "forgets activations in the forward pass and computes them again in the backward pass: less memory, about a "
                    + "third more time, the same bits"
            ).alsoKnownAs("gradient_checkpointing", "activation_checkpointing"),
            .init(
                section: "stop", \.stop, or: [("mutual-information", .mutualInformation)],
                from: { if case .metric(let stop) = $0 { stop } else { nil } }, to: Stop.metric,
                shape: "{metric: …, patience: …}",
                "what ends the run before training.epochs: mutual-information, when the rate is at its minimum and mutual "
                    + "information has not grown by more than its error for stopCycles cycles, with schedule: "
                    + "mutual-information; or a metric of the cycles that no longer improves, whose best cycle's weights "
                    + "are then those of the run"
            ).alsoKnownAs("early_stopping"),
            .init(
                "stopCycles", \.stopCycles, .atLeast(1), unit: "cycles",
                "time without growth before the stop, with stop: mutual-information"),
            .init(
                "nonFinite", \.nonFinite,
                "what a step with a loss or a gradient that is not finite does: stop ends the run and leaves failure.json "
                    + "about the step; skip leaves the step out, at most 100 in a row; roll-back goes back to the last "
                    + "checkpoint with all rates times rollBackFactor, at most 10 times"),
            .init(
                "rollBackFactor", \.rollBackFactor, .between(0, 1),
                "factor of all rates when the training goes back"),
            .init(
                "watch", \.watch,
                "watch over the run in windows of a 32nd of its steps: it goes back to the best one, in its first quarter "
                    + "to the beginning, where I(Y;Ŷ) of the predictions made while training falls by more than four times "
                    + "its error, the loss is above that of knowing nothing, nothing is learnt in the first windows, or a "
                    + "number is not finite; auto: on where the rate is found by trials and does not rise by its schedule"
            ),
        ]
    }
}

extension Configuration.Training {
    /// A reason to end a run before its time.
    public enum Stop: Equatable, Sendable {
        case mutualInformation
        case metric(EarlyStop)
    }

    public enum Watch: String, CaseIterable, SettingValue {
        case auto, on, off
    }

    public enum NonFinite: String, CaseIterable, SettingValue {
        case stop, skip
        case rollBack = "roll-back"
    }

    public enum Precision: String, CaseIterable, SettingValue {
        case f32
        /// Eight bits of significand; of use on processors with bfloat16 instructions.
        case bf16
    }
}
