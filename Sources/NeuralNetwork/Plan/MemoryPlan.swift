/// Where the tensors of a plan lie, so that those that are never needed at the same time share memory.
///
/// Tensors are placed from the largest to the smallest, each at the lowest place that is free during its whole life
/// (Pisarchyk, Lee, "Efficient Memory Management for Deep Neural Net Inference", arXiv:2001.03288, greedy by size).
package struct MemoryPlan {
    /// A tensor's need: from the first to the last operation that uses it, both included; once more where it is made again.
    package struct Need {
        package var byteCount: Int
        package var lifetimes: [ClosedRange<Int>]

        package init(byteCount: Int, lifetimes: [ClosedRange<Int>]) {
            self.byteCount = byteCount
            self.lifetimes = lifetimes
        }

        package func overlaps(_ other: Need) -> Bool {
            lifetimes.contains { own in other.lifetimes.contains { $0.overlaps(own) } }
        }
    }

    /// Bytes from the start of the memory, by tensor; whole cache lines.
    package let offsets: [Int]
    /// What all need together.
    package let byteCount: Int

    /// - Parameter needs: nil for what lies elsewhere.
    package init(_ needs: [Need?]) {
        var offsets = [Int](repeating: 0, count: needs.count)
        // By their first byte.
        var placed: [(bytes: Range<Int>, need: Need)] = []
        var byteCount = 0
        let order = needs.indices.sorted {
            (needs[$0]?.byteCount ?? 0, $1) > (needs[$1]?.byteCount ?? 0, $0)
        }
        for index in order {
            guard let need = needs[index] else { continue }
            let size = Self.wholeLines(need.byteCount)
            var start = 0
            for neighbour in placed where neighbour.need.overlaps(need) {
                if start + size <= neighbour.bytes.lowerBound { break }
                start = max(start, neighbour.bytes.upperBound)
            }
            offsets[index] = start
            let place = placed.firstIndex { $0.bytes.lowerBound > start } ?? placed.count
            placed.insert((start..<start + size, need), at: place)
            byteCount = max(byteCount, start + size)
        }
        self.offsets = offsets
        self.byteCount = byteCount
    }

    static func wholeLines(_ byteCount: Int) -> Int {
        (byteCount + 63) / 64 * 64
    }
}
