import Yams

extension Configuration {
    /// Section `checkpoint`: when a run keeps what it can be continued from. It also does so when it is told to end.
    public struct Checkpoint: Equatable, Sendable {
        /// Key `steps`: one every so many steps; at least 1, default null.
        public var steps: Int?
        /// Key `minutes`: one every so many minutes; at least 0, default 10, 0 for none.
        public var minutes = 10.0
        /// Key `cycle`: whether there is one at the end of each cycle; default false.
        public var cycle = false
        /// Key `end`: whether there is one at the end of the run, from which it can go on for longer; default true.
        public var end = true
        /// Key `keep`: the last ones that are kept, at least 1, default 2.
        public var keep = 2
        /// Key `best`: whether that of the cycle with the highest accuracy stays too, as `checkpoints/best`: on the
        /// validation set, or without one of the training predictions; default false.
        public var best = false

        public init() {}
    }
}

extension Configuration.Checkpoint {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        steps = try reader.integer("steps", .atLeast(1))
        minutes = try reader.double("minutes", .atLeast(0)) ?? minutes
        cycle = try reader.boolean("cycle") ?? cycle
        end = try reader.boolean("end") ?? end
        keep = try reader.integer("keep", .atLeast(1)) ?? keep
        best = try reader.boolean("best") ?? best
    }

    var entries: [(String, Node)] {
        [
            ("steps", Node(optional: steps)), ("minutes", Node(plain: minutes)), ("cycle", Node(plain: cycle)),
            ("end", Node(plain: end)), ("keep", Node(plain: keep)), ("best", Node(plain: best)),
        ]
    }
}
