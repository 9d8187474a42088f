import CKernels
import NeuralNetwork

/// Adds up the gradients of the pieces that a rank's part of a batch is cut into: each backward pass overwrites the
/// gradient arena, the sum is kept here.
public final class GradientAccumulator {
    private let arenas: NodeArenas
    private let sum: AlignedBuffer

    public init(_ arenas: NodeArenas) {
        self.arenas = arenas
        sum = AlignedBuffer(floats: arenas.count)
    }

    /// Takes the gradient of piece `piece` from the arena; after the last one the arena holds the sum of all, added in
    /// the order of the pieces.
    public func add(_ piece: Int, of pieces: Int) {
        precondition(piece >= 0 && piece < pieces, "piece \(piece) of \(pieces)")
        guard pieces > 1 else { return }
        if piece == 0 {
            _ = sum.floats.update(from: arenas.gradient)
        } else {
            let target = piece == pieces - 1 ? arenas.gradient.baseAddress! : sum.floats.baseAddress!
            kernels_add(target, sum.address, arenas.gradient.baseAddress!, Int64(arenas.count), 0)
        }
    }
}
