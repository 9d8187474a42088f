import MPI

/// How the ranks lie on nodes, and which part of the parameters each rank updates.
///
/// The ranks of a node share one copy of the parameters. The arenas are cut into as many slices as the node with the
/// fewest ranks has ranks; rank s of every node reduces and updates slice s.
public struct NodeTopology {
    /// All ranks.
    public let world: any Communicator
    /// The ranks that share this rank's memory.
    public let node: any Communicator
    /// The ranks of all nodes that own this rank's slice; nil for a rank that owns none.
    public let sliceOwners: (any Communicator)?
    public let nodeCount: Int
    /// Slices of the arenas; the same on every node.
    public let sliceCount: Int

    /// Collective over `world`.
    ///
    /// - Parameter sharesMemory: false makes every rank a node of its own, with its own copy of the parameters and
    ///   gradients reduced by messages alone.
    public init(_ world: any Communicator, sharesMemory: Bool = true) throws(MPIError) {
        try self.init(world, node: sharesMemory ? world.splitShared() : world.split(color: world.rank, key: 0)!)
    }

    /// Collective over `world`.
    ///
    /// - Parameter node: this rank's part of `world`, whose ranks can share memory, in the order that they have there.
    package init(_ world: any Communicator, node: any Communicator) throws(MPIError) {
        self.world = world
        self.node = node
        nodeCount = try world.allReduce(node.rank == 0 ? 1 : 0, .sum)
        sliceCount = try world.allReduce(node.size, .min)
        let ownsSlice = node.rank < sliceCount
        sliceOwners = try world.split(color: ownsSlice ? node.rank : nil, key: world.rank)
    }

    /// The floats of an arena of `count` that this rank updates: whole cache lines, empty for a rank that owns none.
    public func slice(of count: Int) -> Range<Int> {
        guard node.rank < sliceCount else { return count..<count }
        let lineFloats = 16
        let lines = (count + lineFloats - 1) / lineFloats
        func start(_ slice: Int) -> Int { min(count, lines * slice / sliceCount * lineFloats) }
        return start(node.rank)..<start(node.rank + 1)
    }
}
