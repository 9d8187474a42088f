/// Which positions of an epoch belong to which step, and which part of a step to which rank.
///
/// The global batch is the unit: step s takes the positions [s·B, min((s+1)·B, N)), the last one what is left, and rank r
/// a contiguous part of them. Parts differ by at most one sample, the first ranks have the larger ones; a rank's part of a
/// short last batch can be empty. Together the parts are the batch, in order, at any number of ranks.
public struct BatchPlan: Sendable, Equatable {
    public let sampleCount: Int
    public let globalBatch: Int
    public let ranks: Int

    /// - Throws: `DatasetError` of code `invalidOption` when there is no sample, or more ranks than samples or than
    ///   samples in a batch.
    public init(sampleCount: Int, globalBatch: Int, ranks: Int) throws(DatasetError) {
        precondition(ranks > 0, "a plan for \(ranks) ranks")
        if sampleCount < 1 {
            throw DatasetError(
                .empty, "training set", expected: "at least 1 sample", found: "\(sampleCount)",
                remedy: "hold fewer samples out")
        }
        if ranks > sampleCount {
            throw DatasetError(
                .invalidOption, "ranks", expected: "at most as many ranks as samples (\(sampleCount))",
                found: "\(ranks) ranks", remedy: "start at most \(sampleCount)")
        }
        if globalBatch < ranks {
            throw DatasetError(
                .invalidOption, "training.batch", expected: "at least one sample for each of the \(ranks) ranks",
                found: "a global batch of \(globalBatch)", remedy: "raise it to \(ranks) or start fewer ranks")
        }
        self.sampleCount = sampleCount
        self.globalBatch = globalBatch
        self.ranks = ranks
    }

    /// Steps in an epoch, the last short one included.
    public var stepsPerEpoch: Int { (sampleCount - 1) / globalBatch + 1 }

    /// Largest number of samples that any rank has in any step: what buffers are made for.
    public var largestSlice: Int { (min(globalBatch, sampleCount) - 1) / ranks + 1 }

    /// Positions of the epoch that step `step`, 0 ..< ``stepsPerEpoch``, takes over all ranks.
    public func batch(ofStep step: Int) -> Range<Int> {
        precondition(step >= 0 && step < stepsPerEpoch, "step \(step) of an epoch of \(stepsPerEpoch)")
        let start = step * globalBatch
        return start..<start + min(globalBatch, sampleCount - start)
    }

    /// The part of ``batch(ofStep:)`` that rank `rank`, 0 ..< ``ranks``, takes.
    public func slice(ofStep step: Int, rank: Int) -> Range<Int> {
        Self.slice(of: batch(ofStep: step), rank: rank, ranks: ranks)
    }

    /// The part of 0 ..< `count` that rank `rank` evaluates: every sample by exactly one rank, none twice.
    public static func evaluationSlice(count: Int, rank: Int, ranks: Int) -> Range<Int> {
        slice(of: 0..<count, rank: rank, ranks: ranks)
    }

    /// Part `rank` of `range` cut into `ranks` contiguous parts.
    public static func slice(of range: Range<Int>, rank: Int, ranks: Int) -> Range<Int> {
        precondition(rank >= 0 && rank < ranks, "rank \(rank) of \(ranks)")
        let (size, extra) = range.count.quotientAndRemainder(dividingBy: ranks)
        let start = range.lowerBound + rank * size + min(rank, extra)
        return start..<start + size + (rank < extra ? 1 : 0)
    }

    /// The fewest parts that `count` samples are cut into so that none has more than `most`; 0 for no samples, 1 where
    /// `most` is nil.
    public static func pieceCount(_ count: Int, atMost most: Int?) -> Int {
        guard count > 0 else { return 0 }
        guard let most else { return 1 }
        precondition(most > 0, "pieces of at most \(most) samples")
        return (count - 1) / most + 1
    }
}
