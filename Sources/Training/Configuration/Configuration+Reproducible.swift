import NeuralNetwork
import Yams

extension Configuration {
    /// Section `reproducible`: results that do not depend on the number of ranks, to the bit.
    public struct Reproducible: Equatable, Sendable {
        /// Key `shards`: the parts that each global batch is cut into at any number of ranks, a power of two; each goes
        /// through the network by itself, and what they give is added in one binary tree. Runs on 1, 2, 4 and so on up to
        /// `shards` ranks then come to the same bits. Default null: one part a rank.
        public var shards: Int?

        public init() {}
    }

    var reproducibleContradiction: (keyPath: String, problem: String)? {
        guard let shards = reproducible.shards else { return nil }
        if shards > training.batch {
            return ("reproducible.shards", "expected at most training.batch (\(training.batch)), found \(shards)")
        }
        if reduction.compression != .none {
            return (
                "reduction.compression",
                "expected none with reproducible.shards, found \(reduction.compression.rawValue)"
            )
        }
        if let size = training.microBatch {
            return (
                "training.microBatch",
                "expected null with reproducible.shards, which cuts the batch already, found \(size)"
            )
        }
        return nil
    }

    /// Throws where shards cannot go through the network one by one.
    func checkShards(_ network: NetworkSpecification) throws(ConfigurationError) {
        guard let shards = reproducible.shards, network.synchronizesStatistics else { return }
        throw ConfigurationError(
            place: "configuration", keyPath: "reproducible.shards",
            problem: "expected null with batch normalisation that is synchronized over the ranks, found \(shards)")
    }
}

extension Configuration.Reproducible {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        shards = try reader.integer("shards", .powerOfTwo)
    }

    var entries: [(String, Node)] { [("shards", Node(optional: shards))] }
}

extension NumberLimit<Int> {
    fileprivate static var powerOfTwo: Self {
        Self(text: "that is a power of two") { $0 > 0 && $0.nonzeroBitCount == 1 }
    }
}
