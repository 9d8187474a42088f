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
    /// - Parameters:
    ///   - sharesMemory: false makes every rank a node of its own, with its own copy of the parameters and gradients
    ///     reduced by messages alone.
    ///   - inSubtrees: whether the sum over the ranks of a node must be a subtree of the binary tree over all ranks. Where
    ///     the ranks do not lie on the nodes like that, every rank is a node of its own.
    public init(_ world: any Communicator, sharesMemory: Bool = true, inSubtrees: Bool = false) throws(MPIError) {
        var node = try sharesMemory ? world.splitShared() : world.split(color: world.rank, key: 0)!
        if inSubtrees, try !Self.areSubtrees(node, of: world) { node = try world.split(color: world.rank, key: 0)! }
        try self.init(world, node: node)
    }

    /// Collective. Whether all nodes have the same number of ranks, a power of two, which are neighbours.
    private static func areSubtrees(_ node: any Communicator, of world: any Communicator) throws(MPIError) -> Bool {
        let first = try node.broadcast(world.rank, root: 0)
        let fits =
            node.size.nonzeroBitCount == 1 && first % node.size == 0 && world.rank == first + node.rank
        var extremes = [fits ? 1 : 0, node.size, -node.size]
        try world.allReduce(&extremes, .min)
        return extremes[0] == 1 && extremes[1] == -extremes[2]
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
        return Self.part(node.rank, of: sliceCount, of: count)
    }

    /// Part `part` of an arena of `count` floats in `parts` parts of whole cache lines. A part of n is k parts of k · n.
    static func part(_ part: Int, of parts: Int, of count: Int) -> Range<Int> {
        let lineFloats = 16
        let lines = (count + lineFloats - 1) / lineFloats
        func start(_ part: Int) -> Int { min(count, lines * part / parts * lineFloats) }
        return start(part)..<start(part + 1)
    }
}
