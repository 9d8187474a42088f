extension Configuration {
    /// Section `output`: what a run writes besides metrics and weights.
    public struct Output: Equatable, Sendable {
        /// Key `stepsLog`: whether `steps.csv` is written, a row a step; default false.
        public var stepsLog = false
        /// Key `everyRank`: whether every rank writes `metrics-<rank>.jsonl`, to hold them against each other; default
        /// false.
        public var everyRank = false
        /// Key `plot`: whether loss, mutual information and rate are plotted at the end; default true.
        public var plot = true

        public init() {}
    }
}
