import MPI
import NeuralNetwork

/// The sum over nodes in a fixed order: one binary tree over all ranks, of which a node is a subtree. Its bits depend neither on
/// the MPI library nor on how many ranks a node has.
final class TreeReduction: GradientReduction {
    private let arenas: NodeArenas
    private let slice: Range<Int>
    /// Nil for a rank whose slice is empty.
    private let part: OwnedPart?

    /// - Parameter owners: of the slice; nil for a rank whose slice is empty.
    /// - Throws: where the system gives no memory.
    init(over owners: (any Communicator)?, _ arenas: NodeArenas, slice: Range<Int>) throws(MemoryShortage) {
        self.arenas = arenas
        self.slice = slice
        part = try owners.map { (owners) throws(MemoryShortage) in try OwnedPart(of: slice.count, over: owners) }
    }

    func sum(_ measurement: UpdateMeasurement) throws(MPIError) {
        guard let part else { return }
        arenas.sumGradients(slice)
        let gradient = UnsafeMutableBufferPointer(rebasing: arenas.gradient[slice])
        try part.scatter(gradient, into: part.received.floats)
        part.addUp()
        try part.gather(part.sum.floats, into: gradient)
    }
}
