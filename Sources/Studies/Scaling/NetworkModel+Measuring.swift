import DataParallel
import Foundation
import MPI

/// What the sum of gradients costs here, measured without a network to train: between nodes and within one.
public struct ReductionMeasurement: Sendable, Equatable {
    /// Messages between the nodes; nil on one node, where gradients are no messages.
    public var network: NetworkModel?
    /// Model of this node's memory.
    public var node = NodeModel()
    /// Nodes, and machines they are on: fewer where ranks of one machine do not share memory.
    public var nodes = 1
    public var machines = 1

    /// The measurement of one rank, which exchanges nothing.
    public init() {}
}

/// What the ranks of a node need to exchange gradients through its memory.
public struct NodeModel: Sendable, Equatable {
    /// Seconds in which a rank sums its slice of all ranks' gradients, divided by the bytes of one gradient; 0 for one rank.
    public var secondsPerByte = 0.0
    /// Seconds until all ranks of the node have come as far.
    public var synchronization = 0.0

    public init() {}
}

extension ReductionMeasurement {
    private static let repetitions = 25
    private static let warmUp = 5

    /// Collective. Sums gradients as training does: within each node through its memory, between nodes by all-reduces over one
    /// rank of each.
    ///
    /// - Parameters:
    ///   - bytes: of a gradient.
    ///   - bucketBytes: what is reduced at once while the backward pass goes on.
    ///   - sharesMemory: whether ranks of a machine are one node; otherwise each is a node of its own.
    public static func measure(
        bytes: Int, bucketBytes: Int, sharesMemory: Bool, over world: any Communicator
    ) throws -> ReductionMeasurement {
        let topology = try NodeTopology(world, sharesMemory: sharesMemory)
        var result = ReductionMeasurement()
        result.nodes = topology.nodeCount
        result.machines = try world.allReduce(world.splitShared().rank == 0 ? 1 : 0, .sum)
        if try world.allReduce(topology.node.size, .max) > 1 {
            result.node = try measureNode(topology, bytes: bytes)
        }
        guard topology.nodeCount > 1 else { return result }
        // One rank of each node: the owners of the first slice.
        let points =
            topology.node.rank == 0
            ? try measureAllReduces(over: topology.sliceOwners!, sizes: sizes(bytes: bytes, bucketBytes: bucketBytes))
            : []
        // The first rank of all is among them.
        let fitted = NetworkModel.fit(points, ranks: topology.nodeCount)
        let latency = try world.broadcast(fitted?.latency ?? 0, root: 0)
        let secondsPerByte = try world.broadcast(fitted?.secondsPerByte ?? 0, root: 0)
        result.network = NetworkModel(
            name: result.machines > 1 ? "the network here" : "messages within this machine", latency: latency,
            secondsPerByte: secondsPerByte)
        return result
    }

    /// 1 KiB to 4 MiB, the bucket and the gradient, rising.
    static func sizes(bytes: Int, bucketBytes: Int) -> [Int] {
        let powers = stride(from: 10, through: 22, by: 2).map { 1 << $0 }
        return Set(powers + [bucketBytes, min(bytes, 1 << 26)].map { max(4, $0 / 4 * 4) }).sorted()
    }

    /// Collective. Bytes and seconds of all-reduces, the middle of the slowest ranks.
    private static func measureAllReduces(
        over owners: any Communicator, sizes: [Int]
    ) throws -> [(bytes: Double, seconds: Double)] {
        try sizes.map { bytes in
            var values = [Float](repeating: 0, count: bytes / 4)
            return (Double(bytes), try middle(over: owners) { try owners.allReduce(&values, .sum) })
        }
    }

    /// Collective over the world.
    private static func measureNode(_ topology: NodeTopology, bytes: Int) throws -> NodeModel {
        let arenas = try NodeArenas(node: topology.node, count: bytes / 4, stateArenaCount: 0)
        let slice = topology.slice(of: arenas.count)
        // Ranks of other nodes take part in the barriers; the slowest of all counts.
        let sum = try middle(over: topology.world) { arenas.sumGradients(slice) }
        let synchronization = try middle(over: topology.world) { try arenas.synchronize() }
        try arenas.free()
        var node = NodeModel()
        node.secondsPerByte = sum / Double(max(bytes, 1))
        node.synchronization = synchronization
        return node
    }

    /// Collective. Seconds of `body` on the slowest rank, the middle of several.
    private static func middle(over communicator: any Communicator, _ body: () throws -> Void) throws -> Double {
        var seconds: [Double] = []
        for repetition in 0..<repetitions {
            try communicator.barrier()
            let start = ContinuousClock.now
            try body()
            let own = (ContinuousClock.now - start) / .seconds(1)
            let slowest = try communicator.allReduce(own, .max)
            if repetition >= warmUp { seconds.append(slowest) }
        }
        return seconds.sorted()[seconds.count / 2]
    }
}

extension NetworkModel {
    /// The α and β of halving and doubling over `ranks` ranks that are nearest to all-reduces of several sizes, each weighted
    /// so that it counts alike; nil without points.
    static func fit(_ points: [(bytes: Double, seconds: Double)], ranks: Int) -> NetworkModel? {
        guard let line = WeightedLine(points.map { ($0.bytes, $0.seconds) }) else { return nil }
        let count = Double(ranks)
        return NetworkModel(
            name: "as here", latency: line.constant / (2 * log2(count).rounded(.up)),
            secondsPerByte: line.slope / (2 * (count - 1) / count))
    }
}

/// y = constant + slope · x, neither below 0, with the least squares of relative errors.
struct WeightedLine: Equatable {
    var constant: Double
    var slope: Double

    /// Nil without points; the slope alone where x has one value.
    init?(_ points: [(x: Double, y: Double)]) {
        guard !points.isEmpty else { return nil }
        func sum(_ term: ((x: Double, y: Double)) -> Double) -> Double { points.reduce(0) { $0 + term($1) } }
        let (s00, s01, s11) = (
            sum { 1 / ($0.y * $0.y) }, sum { $0.x / ($0.y * $0.y) }, sum { $0.x * $0.x / ($0.y * $0.y) }
        )
        let (t0, t1) = (sum { 1 / $0.y }, sum { $0.x / $0.y })
        let determinant = s00 * s11 - s01 * s01
        constant = determinant > 1e-9 * s00 * s11 ? (t0 * s11 - t1 * s01) / determinant : 0
        slope = constant > 0 ? (t1 * s00 - t0 * s01) / determinant : t1 / s11
        if constant < 0 { (constant, slope) = (0, t1 / s11) }
        if slope < 0 { (constant, slope) = (t0 / s00, 0) }
    }
}
