/// Where each rank's block lies in a buffer that holds one block per rank: `counts` and `displacements` of the
/// MPI calls whose names end in v, in elements.
public struct BlockLayout: Hashable, Sendable {
    /// Elements of each rank's block.
    public let counts: [Int]

    /// Offset of each rank's block from the buffer's start.
    public let displacements: [Int]

    /// The length a buffer needs at least: the end of the block that reaches farthest.
    public let extent: Int

    /// Block after block in rank order, equally long and without gaps.
    package let isUniform: Bool

    /// Blocks in rank order without gaps between them.
    public init(counts: [Int]) {
        var displacements: [Int] = []
        displacements.reserveCapacity(counts.count)
        var end = 0
        for count in counts {
            displacements.append(end)
            end += count
        }
        self.init(counts: counts, displacements: displacements)
    }

    /// `ranks` blocks of `count` elements without gaps.
    public init(count: Int, ranks: Int) {
        self.init(counts: Array(repeating: count, count: ranks))
    }

    /// Blocks anywhere in the buffer, in any order, but without overlap.
    public init(counts: [Int], displacements: [Int]) {
        precondition(
            counts.count == displacements.count,
            "a block layout has \(counts.count) counts but \(displacements.count) displacements")
        precondition(counts.allSatisfy { $0 >= 0 }, "a block layout has a negative count: \(counts)")
        precondition(
            displacements.allSatisfy { $0 >= 0 }, "a block layout has a negative displacement: \(displacements)")
        self.counts = counts
        self.displacements = displacements
        extent = zip(counts, displacements).reduce(0) { $1.0 == 0 ? $0 : max($0, $1.0 + $1.1) }
        let first = counts.first ?? 0
        isUniform = zip(counts, displacements).enumerated().allSatisfy { $1.0 == first && $1.1 == $0 * first }
    }

    /// The range of rank `rank`'s block.
    public subscript(rank: Int) -> Range<Int> {
        displacements[rank]..<displacements[rank] + counts[rank]
    }
}
