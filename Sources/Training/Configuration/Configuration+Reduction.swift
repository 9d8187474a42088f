import Yams

extension Configuration {
    /// Section `reduction`: how ranks exchange gradients.
    public struct Reduction: Equatable, Sendable {
        /// Key `overlap`: whether nodes exchange gradients while the backward pass goes on: `on`, `off`, or `auto`, which tries
        /// both for some steps before the training. Default `auto`. Of no effect on one node.
        public var overlap = Overlap.auto
        /// Key `bucket`: bytes that are exchanged at once while the backward pass goes on, at least 64; default 256 KiB.
        public var bucket = 1 << 18
        /// Key `compression`: what gradients travel as between nodes: `none`, as they are, or `bf16`, half as many bytes, with
        /// what the rounding leaves over added to the next step's. Default `none`.
        public var compression = Compression.none
        /// Key `sharedMemory`: whether the ranks of a node share one copy of the parameters and read each other's gradients;
        /// default true. Otherwise each rank is like a node of its own.
        public var sharedMemory = true

        public init() {}

        public enum Overlap: String, CaseIterable, Sendable {
            case auto, on, off
        }

        public enum Compression: String, CaseIterable, Sendable {
            case none, bf16
        }
    }
}

extension Configuration.Reduction {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        overlap = try reader.choice("overlap", Overlap.self) ?? overlap
        bucket = try reader.integer("bucket", .atLeast(64)) ?? bucket
        compression = try reader.choice("compression", Compression.self) ?? compression
        sharedMemory = try reader.boolean("sharedMemory") ?? sharedMemory
    }

    var entries: [(String, Node)] {
        [
            ("overlap", Node(plain: overlap.rawValue)), ("bucket", Node(plain: bucket)),
            ("compression", Node(plain: compression.rawValue)), ("sharedMemory", Node(plain: sharedMemory)),
        ]
    }
}
