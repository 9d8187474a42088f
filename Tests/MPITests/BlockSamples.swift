import MPI

/// Layouts that a collective on blocks must get right: even, uneven, with empty blocks, with gaps, out of order.
func blockLayouts(ranks: Int) -> [BlockLayout] {
    let uneven = (0..<ranks).map { ($0 * 2 + 1) % 5 }
    return [
        BlockLayout(count: 1, ranks: ranks),
        BlockLayout(count: 4, ranks: ranks),
        BlockLayout(count: 0, ranks: ranks),
        BlockLayout(counts: uneven),
        BlockLayout(counts: (0..<ranks).map { $0 % 2 == 0 ? 0 : 4 }),
        BlockLayout(counts: (0..<ranks).map { $0 == 0 ? 6 : 0 }),
        BlockLayout(counts: uneven, displacements: (0..<ranks).map { ($0 + 1) * 7 }),
        BlockLayout(counts: uneven, displacements: (0..<ranks).map { (ranks - 1 - $0) * 5 }),
    ]
}

/// What a place holds that no block covers.
func filler<Scalar: MPIScalar>() -> Scalar { 99 }

/// A buffer in which block r holds `block(r)` and every other place the filler.
func assembled<Scalar: MPIScalar>(_ layout: BlockLayout, _ block: (Int) -> [Scalar]) -> [Scalar] {
    var buffer = [Scalar](repeating: filler(), count: layout.extent)
    for rank in layout.counts.indices {
        for (index, value) in zip(layout[rank], block(rank)) { buffer[index] = value }
    }
    return buffer
}
