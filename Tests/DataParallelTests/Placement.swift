import DataParallel
import MPI

/// How ranks lie on nodes. On one machine all could share memory; each node of these uses only its own.
enum Placement: CaseIterable {
    /// All ranks share memory.
    case oneNode
    /// No ranks share memory.
    case aNodeEach
    /// The last rank is alone, the others share memory: nodes of uneven size.
    case lastAlone
    /// Nodes of two neighbours.
    case pairs
    /// Ranks take turns on two nodes, so that neighbours in the world never share memory.
    case alternating

    /// Collective.
    func topology(_ world: any Communicator) throws -> NodeTopology {
        switch self {
        case .oneNode: return try NodeTopology(world)
        case .aNodeEach: return try NodeTopology(world, sharesMemory: false)
        case .lastAlone, .pairs, .alternating:
            return try NodeTopology(world, node: world.split(color: node(of: world.rank, world.size), key: 0)!)
        }
    }

    /// The node of a rank.
    func node(of rank: Int, _ ranks: Int) -> Int {
        switch self {
        case .oneNode: 0
        case .aNodeEach: rank
        case .lastAlone: rank == ranks - 1 ? 1 : 0
        case .pairs: rank / 2
        case .alternating: rank % 2
        }
    }

    /// The ranks of each node that has any.
    func nodes(_ ranks: Int) -> [[Int]] {
        Dictionary(grouping: 0..<ranks) { node(of: $0, ranks) }.sorted { $0.key < $1.key }.map(\.value)
    }
}
