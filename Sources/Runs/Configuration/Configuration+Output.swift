import Settings

extension Configuration {
    /// Section `output`: what a run writes besides metrics and weights.
    public struct Output: Configurable, Equatable {
        public var stepsLog = false
        public var csv = false
        public var everyRank = false
        public var plot = true
        public var tensorboard = false

        public init() {}

        public static let settings: [Setting<Self>] = [
            .init("stepsLog", \.stepsLog, "write steps.csv, a row a step"),
            .init("csv", \.csv, "write metrics.csv, the lines of metrics.jsonl as rows of a table"),
            .init(
                "everyRank", \.everyRank,
                "write metrics-RANK.jsonl on every rank, to hold them against each other"),
            .init("plot", \.plot, "plot loss, mutual information and rate at the end"),
            .init("tensorboard", \.tensorboard, "write events.out.tfevents files, which TensorBoard shows"),
        ]
    }
}
