import CKernels
import NeuralNetwork

/// Adds up the gradients of the pieces that a rank's part of a batch is cut into, in a binary tree: each backward pass
/// overwrites the gradient arena, the sums of subtrees are kept here.
public final class GradientAccumulator {
    private let arenas: NodeArenas
    /// Element l holds the sum of 2^l pieces where bit l of the number of pieces that came is set.
    private var levels: [AlignedBuffer]

    /// - Parameter pieces: the most there will be.
    /// - Throws: where the system gives no memory.
    public init(_ arenas: NodeArenas, pieces: Int) throws(MemoryShortage) {
        self.arenas = arenas
        let count = Int.bitWidth - max(0, pieces - 1).leadingZeroBitCount
        levels = []
        for _ in 0..<count { levels.append(try AlignedBuffer(claimingFloats: arenas.count)) }
    }

    /// Bytes of the sums.
    public var byteCount: Int { levels.count * arenas.count * MemoryLayout<Float>.stride }

    /// Takes the gradient of piece `piece` from the arena; after the last one the arena holds the sum of all, added as
    /// `kernels_sum` adds that many sources.
    public func add(_ piece: Int, of pieces: Int) {
        precondition(piece >= 0 && piece < pieces, "piece \(piece) of \(pieces)")
        let isLast = piece == pieces - 1
        var level = 0
        // The last piece takes along all that is left, the smallest subtree first.
        while isLast ? piece >> level != 0 : piece >> level & 1 == 1 {
            if piece >> level & 1 == 1 {
                kernels_add(
                    arenas.gradient.baseAddress!, levels[level].address, arenas.gradient.baseAddress!,
                    Int64(arenas.count), 0)
            }
            level += 1
        }
        if !isLast { _ = levels[level].floats.update(from: arenas.gradient) }
    }
}
