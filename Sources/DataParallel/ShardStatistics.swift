import MPI

/// The running statistics of a rank's shards: each shard has its own, as if it were a rank of its own, and the network has
/// those of one of them at a time.
public final class ShardStatistics {
    private let network: UnsafeMutableBufferPointer<Float>
    /// By shard of this rank; not up to date for the one that the network has.
    private var kept: [[Float]]
    private var selected = 0

    /// - Parameters:
    ///   - network: where the network has its own.
    ///   - shards: of this rank.
    public init(_ network: UnsafeMutableBufferPointer<Float>, shards: Int) {
        self.network = network
        kept = Array(repeating: Array(network), count: shards)
    }

    /// Gives the network those of a shard of this rank.
    public func select(shard: Int) {
        guard shard != selected else { return }
        kept[selected].withUnsafeMutableBufferPointer { _ = $0.update(from: network) }
        _ = network.update(from: kept[shard])
        selected = shard
    }

    /// By shard of this rank.
    public var values: [[Float]] {
        get {
            var values = kept
            values[selected] = Array(network)
            return values
        }
        set {
            precondition(newValue.count == kept.count, "statistics of \(newValue.count) shards for \(kept.count)")
            kept = newValue
            _ = network.update(from: kept[selected])
        }
    }

    /// Gives all shards the same.
    public func setAll(to values: [Float]) {
        self.values = Array(repeating: values, count: kept.count)
    }

    /// Collective. Gives all shards of all ranks the mean over them, added in a binary tree.
    public func average(over communicator: any Communicator) throws(MPIError) {
        guard !network.isEmpty, communicator.size > 1 || kept.count > 1 else { return }
        let own = Self.sum(values.map { $0.map(Double.init) })
        let sum = Self.sum(try communicator.allGather(own))
        let count = Double(kept.count * communicator.size)
        setAll(to: sum.map { Float($0 / count) })
    }

    /// Over shards, `[shards][values]`.
    public static func mean(of shards: [[Float]]) -> [Float] {
        sum(shards.map { $0.map(Double.init) }).map { Float($0 / Double(shards.count)) }
    }

    /// In Double the sum of equal floats is exact: averaged statistics stay what they are.
    private static func sum(_ parts: [[Double]]) -> [Double] {
        var parts = parts
        while parts.count > 1 {
            parts = stride(from: 0, to: parts.count, by: 2).map { index in
                index + 1 < parts.count ? zip(parts[index], parts[index + 1]).map { $0 + $1 } : parts[index]
            }
        }
        return parts[0]
    }
}
