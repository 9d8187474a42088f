import MPI

/// The sum on a single node: each rank adds up its slice of the gradients, which it reads from the others' memory, as a binary
/// tree over the ranks.
final class NodeReduction: GradientReduction {
    private let arenas: NodeArenas
    private let slice: Range<Int>

    init(_ arenas: NodeArenas, slice: Range<Int>) {
        self.arenas = arenas
        self.slice = slice
    }

    func sum(_ measurement: UpdateMeasurement) {
        arenas.sumGradients(slice)
    }

    /// Block by block, so that the sum is still in the first-level cache when it is used.
    func reduce(
        _ parts: [Range<Int>], _ measurement: UpdateMeasurement, use: (_ part: Int, _ range: Range<Int>) -> Void
    ) {
        traced(measurement.timeline, "reduction and update") {
            for (part, range) in parts.enumerated() {
                var start = range.lowerBound
                while start < range.upperBound {
                    let block = start..<min(start + Self.blockFloats, range.upperBound)
                    measured(measurement.profile, \.reduction) { arenas.sumGradients(block) }
                    use(part, block)
                    start = block.upperBound
                }
            }
        }
    }

    /// 16 KiB a stream: gradient sources, parameters and state of a block fit the first-level cache together.
    private static let blockFloats = 4096
}
