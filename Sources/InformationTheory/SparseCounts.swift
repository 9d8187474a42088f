/// Counts of cells that were seen, by cell: a hash table with open addressing.
///
/// Two are equal when their counts are, in whichever order they came.
@usableFromInline
struct SparseCounts: Sendable {
    /// A cell plus one in each slot that is taken, else 0; a power of two of them.
    @usableFromInline var slots: [UInt64]
    @usableFromInline var counts: [Int64]
    /// Slots taken.
    @usableFromInline var used = 0

    private static let smallest = 1 << 10

    @usableFromInline
    init() {
        slots = Array(repeating: 0, count: Self.smallest)
        counts = Array(repeating: 0, count: Self.smallest)
    }

    var byteCount: Int { slots.count * 16 }

    /// The slot of a cell, or the free one where it belongs.
    @usableFromInline
    func slot(of cell: UInt64) -> Int {
        let mask = slots.count - 1
        // Fibonacci hashing: the high bits of the product depend on all bits of the cell.
        var slot = Int(truncatingIfNeeded: (cell &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
        while slots[slot] != 0, slots[slot] != cell + 1 { slot = (slot + 1) & mask }
        return slot
    }

    subscript(cell: UInt64) -> Int64 {
        let slot = slot(of: cell)
        return slots[slot] == 0 ? 0 : counts[slot]
    }

    @usableFromInline
    mutating func add(_ count: Int64, to cell: UInt64) {
        let place = slot(of: cell)
        if slots[place] != 0 {
            counts[place] += count
            return
        }
        guard count != 0 else { return }
        slots[place] = cell + 1
        counts[place] = count
        used += 1
        // At most two thirds full: then a search takes two looks on average.
        if used * 3 > slots.count * 2 { grow() }
    }

    private mutating func grow() {
        let (oldSlots, oldCounts) = (slots, counts)
        slots = Array(repeating: 0, count: 2 * oldSlots.count)
        counts = Array(repeating: 0, count: 2 * oldSlots.count)
        for (index, entry) in oldSlots.enumerated() where entry != 0 {
            let place = slot(of: entry - 1)
            slots[place] = entry
            counts[place] = oldCounts[index]
        }
    }

    /// In any order.
    func visit(_ body: (_ cell: UInt64, _ count: Int64) -> Void) {
        for (index, entry) in slots.enumerated() where entry != 0 { body(entry - 1, counts[index]) }
    }

    /// In the order of the cells.
    var sorted: (cells: [UInt64], counts: [Int64]) {
        let order = slots.indices.filter { slots[$0] != 0 }.sorted { slots[$0] < slots[$1] }
        return (order.map { slots[$0] - 1 }, order.map { counts[$0] })
    }
}

extension SparseCounts: Hashable {
    @usableFromInline
    static func == (left: SparseCounts, right: SparseCounts) -> Bool {
        guard left.used == right.used else { return false }
        var areEqual = true
        left.visit { cell, count in if right[cell] != count { areEqual = false } }
        return areEqual
    }

    @usableFromInline
    func hash(into hasher: inout Hasher) {
        let (cells, counts) = sorted
        hasher.combine(cells)
        hasher.combine(counts)
    }
}
