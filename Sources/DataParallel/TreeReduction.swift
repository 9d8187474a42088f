import CKernels
import MPI
import NeuralNetwork

/// The sum of floats over all ranks in one binary tree: reduce-scatter by direct exchange, sum in the order of the ranks,
/// all-gather. Each rank sends and receives as much as a ring would have it, and the bits do not depend on the library.
final class TreeReduction {
    private let communicator: any Communicator
    /// What of the values each rank sums.
    private let parts: BlockLayout
    /// This rank's part as it is on each rank.
    private let received: BlockLayout
    private let buffer: AlignedBuffer
    private let sum: AlignedBuffer
    private let sources: UnsafeMutableBufferPointer<UnsafePointer<Float>?>
    private let compression: Compression?

    /// What travels as bfloat16, and what the rounding of the steps before has left over.
    private struct Compression {
        /// All values, of this rank.
        let sent: AlignedBuffer
        let leftOver: AlignedBuffer
        /// This rank's part, of all ranks.
        let received: AlignedBuffer
        /// This rank's part of the sum.
        let sum: AlignedBuffer
        let sumLeftOver: AlignedBuffer
    }

    /// - Parameters:
    ///   - count: of floats, the same on all ranks.
    ///   - compresses: whether the values travel as bfloat16, with error feedback.
    init(over communicator: any Communicator, count: Int, compresses: Bool = false) {
        self.communicator = communicator
        let ranks = communicator.size
        parts = BlockLayout(counts: (0..<ranks).map { count * ($0 + 1) / ranks - count * $0 / ranks })
        let own = parts.counts[communicator.rank]
        received = BlockLayout(counts: Array(repeating: own, count: ranks))
        let buffer = AlignedBuffer(floats: own * ranks)
        self.buffer = buffer
        sum = AlignedBuffer(floats: own)
        sources = .allocate(capacity: ranks)
        for rank in 0..<ranks {
            sources.initializeElement(at: rank, to: UnsafePointer(buffer.floats.baseAddress! + rank * own))
        }
        compression =
            compresses
            ? Compression(
                sent: AlignedBuffer(byteCount: 2 * count), leftOver: AlignedBuffer(floats: count),
                received: AlignedBuffer(byteCount: 2 * own * ranks), sum: AlignedBuffer(byteCount: 2 * own),
                sumLeftOver: AlignedBuffer(floats: own)) : nil
    }

    deinit {
        sources.deallocate()
    }

    /// Collective, in place.
    func sum(_ values: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
        guard let compression else {
            var target = buffer.floats.mutableSpan
            try communicator.allToAll(UnsafeBufferPointer(values).span, layout: parts, into: &target, layout: received)
            sumParts()
            var all = values.mutableSpan
            return try communicator.allGather(UnsafeBufferPointer(sum.floats).span, into: &all, layout: parts)
        }
        func halves(_ buffer: AlignedBuffer) -> UnsafeMutableBufferPointer<UInt16> {
            UnsafeMutableBufferPointer(
                start: buffer.address.assumingMemoryBound(to: UInt16.self), count: buffer.byteCount / 2)
        }
        kernels_compress(
            halves(compression.sent).baseAddress, values.baseAddress, compression.leftOver.floats.baseAddress,
            Int64(values.count))
        var target = halves(compression.received).mutableSpan
        try communicator.allToAll(
            UnsafeBufferPointer(halves(compression.sent)).span, layout: parts, into: &target, layout: received)
        kernels_expand(
            buffer.floats.baseAddress, halves(compression.received).baseAddress, Int64(buffer.floats.count))
        sumParts()
        kernels_compress(
            halves(compression.sum).baseAddress, sum.floats.baseAddress, compression.sumLeftOver.floats.baseAddress,
            Int64(sum.floats.count))
        // The owner of a part too takes what the others get.
        var all = halves(compression.sent).mutableSpan
        try communicator.allGather(
            UnsafeBufferPointer(halves(compression.sum)).span, into: &all, layout: parts)
        kernels_expand(values.baseAddress, halves(compression.sent).baseAddress, Int64(values.count))
    }

    /// What rounding has left over, of all values and of this rank's part of the sum; empty where nothing is compressed.
    var leftOvers: [Float] {
        get { compression.map { Array($0.leftOver.floats) + Array($0.sumLeftOver.floats) } ?? [] }
        set {
            precondition(newValue.count == leftOvers.count, "\(newValue.count) left over, \(leftOvers.count) expected")
            guard let compression else { return }
            let count = compression.leftOver.floats.count
            _ = compression.leftOver.floats.update(from: newValue[..<count])
            _ = compression.sumLeftOver.floats.update(from: newValue[count...])
        }
    }

    /// Forgets what rounding has left over.
    func reset() {
        guard let compression else { return }
        compression.leftOver.floats.update(repeating: 0)
        compression.sumLeftOver.floats.update(repeating: 0)
    }

    private func sumParts() {
        kernels_sum(sum.floats.baseAddress, sources.baseAddress, Int64(sources.count), 0, Int64(sum.floats.count))
    }
}
