/// The parts that a global batch is cut into, and those of them that a rank has.
///
/// A shard is what goes through the network at once: sums over a batch, of gradients and statistics, are sums over its
/// shards. There is one a rank, whose samples can be cut further; or, for results that do not depend on the number of ranks,
/// a fixed number, a power of two, of which each rank has as many, next to each other. Their sums are then added in one
/// binary tree, of which each rank has a subtree.
public struct Shards: Sendable, Equatable {
    /// Over all ranks.
    public let count: Int
    /// Those of this rank.
    public let own: Range<Int>
    /// Whether there are as many at any number of ranks.
    public let isFixed: Bool

    /// One shard a rank.
    public init(rank: Int, ranks: Int) {
        count = ranks
        own = rank..<rank + 1
        isFixed = false
    }

    /// - Parameter count: a power of two.
    /// - Throws: `ShardMismatch` unless each rank gets as many.
    public init(count: Int, rank: Int, ranks: Int) throws(ShardMismatch) {
        guard count > 0, count.nonzeroBitCount == 1, count % ranks == 0 else {
            throw ShardMismatch(shards: count, ranks: ranks)
        }
        self.count = count
        own = count / ranks * rank..<count / ranks * (rank + 1)
        isFixed = true
    }
}

/// Shards that cannot be shared out over the ranks.
public struct ShardMismatch: Error, Equatable, CustomStringConvertible {
    public let shards: Int
    public let ranks: Int

    public var description: String {
        let counts =
            switch shards {
            case 1: "1"
            case 2: "1 or 2"
            case 4: "1, 2 or 4"
            default: "1, 2, 4 and so on up to \(shards)"
            }
        return
            "reproducible.shards is \(shards): expected \(counts) ranks, found \(ranks); start so many, or set shards to "
            + "a power of two that the number of ranks divides"
    }
}
