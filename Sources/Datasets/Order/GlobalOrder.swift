import RandomNumbers

/// The order of all samples in one epoch, as a pure function of (seed, epoch, count).
///
/// It knows nothing of ranks: every rank asks for the positions of its slice, and a resumed run for those of any step.
public struct GlobalOrder: Sendable {
    public let count: Int
    private let permutation: Permutation?

    /// - Parameters:
    ///   - epoch: 0 ..< 2⁴⁸; every epoch has an order of its own.
    ///   - shuffled: when false, sample i stands at position i in every epoch.
    public init(seed: UInt64, epoch: Int, count: Int, shuffled: Bool = true) {
        precondition(epoch >= 0, "epoch \(epoch) is negative")
        self.count = count
        permutation =
            shuffled
            ? Permutation(
                count: count, stream: RandomStream(seed: seed, purpose: .sampleOrder, stream: UInt64(epoch)))
            : nil
    }

    /// Index of the sample that stands at `position`, 0 ..< ``count``.
    public func sample(at position: Int) -> Int {
        precondition(position >= 0 && position < count, "position \(position) of \(count) samples")
        return permutation?[position] ?? position
    }

    /// Writes the indices of the samples at `positions`, as many as `indices` has room for.
    public func copySamples(at positions: Range<Int>, into indices: inout MutableSpan<Int>) {
        precondition(
            positions.count == indices.count, "\(positions.count) positions for \(indices.count) indices")
        precondition(
            positions.lowerBound >= 0 && positions.upperBound <= count, "positions \(positions) of \(count) samples")
        for offset in 0..<indices.count {
            let position = positions.lowerBound + offset
            indices[offset] = permutation?[position] ?? position
        }
    }
}
