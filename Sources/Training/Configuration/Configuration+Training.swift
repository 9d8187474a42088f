extension Configuration {
    /// Section `training`: how long and in what portions.
    public struct Training: Equatable, Sendable {
        /// Key `batch`: samples in a global batch, shared by all ranks; default 128.
        public var batch = 128
        /// Key `epochs`: passes over the training set, default 10.
        public var epochs = 10
        /// Key `cycle`: epochs between two looks at the mutual information, above 0 and at most `epochs`; default 1.
        public var cycle = 1.0
        /// Key `labelSmoothing`: the share in [0, 1) of a label's mass spread evenly over all classes, default 0.
        public var labelSmoothing = 0.0
        /// Key `steps`: the most steps the run may take; default null, no limit but the epochs.
        public var steps: Int?
        /// Key `threads`: threads of each rank, default 1.
        public var threads = 1

        public init() {}
    }
}
