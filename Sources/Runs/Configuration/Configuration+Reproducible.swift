import NeuralNetwork
import Settings

extension Configuration {
    /// Section `reproducible`: results that do not depend on the number of ranks, to the bit.
    public struct Reproducible: Configurable, Equatable {
        public var shards: Int?

        public init() {}

        public static let settings: [Setting<Self>] = [
            .init(
                "shards", \.shards, .powerOfTwo,
                "parts that each global batch is cut into at any number of ranks; each goes through the network by itself, "
                    + "and what they give is added in one binary tree, so that runs on 1, 2, 4 and so on up to that many "
                    + "ranks come to the same bits; null: one part a rank")
        ]
    }

    var reproducibleContradiction: Contradiction? {
        guard let shards = reproducible.shards else { return nil }
        if shards > training.batch {
            return Contradiction(
                "reproducible.shards", "expected at most training.batch (\(training.batch)), found \(shards)")
        }
        if reduction.compression != .none {
            return Contradiction(
                "reduction.compression",
                "expected none with reproducible.shards, found \(reduction.compression.rawValue)"
            )
        }
        if let size = training.microBatch {
            return Contradiction(
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

extension Limit<Int> {
    fileprivate static var powerOfTwo: Self {
        Self("that is a power of two") { $0 > 0 && $0.nonzeroBitCount == 1 }
    }
}
