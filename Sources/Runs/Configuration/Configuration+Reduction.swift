import Settings

extension Configuration {
    /// Section `reduction`: how ranks exchange gradients.
    public struct Reduction: Configurable, Equatable {
        public var overlap = Overlap.auto
        public var bucket = 1 << 18
        public var compression = Compression.none
        public var sharedMemory = true

        public init() {}

        public enum Overlap: String, CaseIterable, SettingValue {
            case auto, on, off
        }

        public enum Compression: String, CaseIterable, SettingValue {
            case none, bf16
        }

        public static let settings: [Setting<Self>] = [
            .init(
                "overlap", \.overlap,
                "exchange between nodes while the backward pass goes on; auto: tries both for some steps before the "
                    + "training; of no effect on one node"),
            .init(
                "bucket", \.bucket, .atLeast(64), unit: "bytes",
                "what is exchanged at once while the backward pass goes on"
            ),
            .init(
                "compression", \.compression,
                "what gradients travel as between nodes: none, as they are; bf16, half as many bytes, with what the "
                    + "rounding leaves over added to the next step's"),
            .init(
                "sharedMemory", \.sharedMemory,
                "one copy of the parameters for the ranks of a node, which read each other's gradients; else each rank is "
                    + "like a node of its own"),
        ]
    }
}
