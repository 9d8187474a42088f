extension Configuration {
    /// Section `training`: how long and in what portions.
    public struct Training: Equatable, Sendable {
        /// Key `batch`: samples in a global batch, shared by all ranks; default 128.
        public var batch = 128
        /// Key `epochs`: passes over the training set, 1 to a million, default 10.
        public var epochs = 10
        /// Key `cycle`: epochs between two looks at the mutual information, above 0 and at most `epochs`; default 1.
        public var cycle = 1.0
        /// Key `labelSmoothing`: the share in [0, 1) of a label's mass spread evenly over all classes, default 0.
        public var labelSmoothing = 0.0
        /// Key `steps`: the most steps the run may take; default null, no limit but the epochs.
        public var steps: Int?
        /// Key `threads`: threads of each rank, default 1.
        public var threads = 1
        /// Key `precision`: what maps and the products of the layers are computed in, `f32` or `bf16`; default `f32`.
        /// Parameters, their update and the loss are float32 in both.
        public var precision = Precision.f32
        /// Key `microBatch`: the most samples a rank takes through the network at once; default null, the rank's whole
        /// part of the batch.
        public var microBatch: Int?
        /// Key `stop`: what ends the run before `epochs`: `mutual-information`, when the rate is at its minimum and mutual
        /// information has not grown by more than its error for `stopCycles` cycles; default null, nothing. With the
        /// mutual-information schedule.
        public var stop: Stop?
        /// Key `stopCycles`: at least 1, default 3.
        public var stopCycles = 3
        /// Key `nonFinite`: what a step with a loss or a gradient that is not finite does: `stop` ends the run and leaves
        /// `failure.json` about the step; `skip` leaves the step out, at most 100 in a row; `roll-back` goes back to the last
        /// checkpoint with all rates times `rollBackFactor`, at most 10 times. Default `stop`.
        public var nonFinite = NonFinite.stop
        /// Key `rollBackFactor`: in (0, 1), default 0.5.
        public var rollBackFactor = 0.5
        /// Key `watch`: whether the run is watched in windows of a 32nd of its steps, and goes back to the best one, in its first
        /// quarter to the beginning, with all rates times `rollBackFactor`, where I(Y;Ŷ) of the predictions made while
        /// training falls by more than four times its error, the loss is above that of knowing nothing, nothing is learnt in
        /// the first windows, or a number is not finite: `on`, `off` or `auto` (default), which is `on` where the rate is found
        /// by trials and does not rise by its schedule.
        public var watch = Watch.auto

        public init() {}
    }
}

extension Configuration.Training {
    public enum Stop: String, CaseIterable, Sendable {
        case mutualInformation = "mutual-information"
    }

    public enum Watch: String, CaseIterable, Sendable {
        case auto, on, off
    }

    public enum NonFinite: String, CaseIterable, Sendable {
        case stop, skip
        case rollBack = "roll-back"
    }

    public enum Precision: String, CaseIterable, Sendable {
        case f32
        /// Eight bits of significand; of use on processors with bfloat16 instructions.
        case bf16
    }
}
