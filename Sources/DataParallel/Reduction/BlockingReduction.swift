import MPI

/// The sum over nodes by `MPI_Allreduce`, after the backward pass: the owners of a slice add up what each has of its node. The
/// order of the sum is the MPI library's, and gives the same bits on all of them.
final class BlockingReduction: GradientReduction {
    private let owners: (any Communicator)?
    private let arenas: NodeArenas
    private let slice: Range<Int>

    /// - Parameter owners: of the slice; nil for a rank whose slice is empty.
    init(over owners: (any Communicator)?, _ arenas: NodeArenas, slice: Range<Int>) {
        self.owners = owners
        self.arenas = arenas
        self.slice = slice
    }

    func sum(_ measurement: UpdateMeasurement) throws(MPIError) {
        guard let owners else { return }
        arenas.sumGradients(slice)
        var gradient = UnsafeMutableBufferPointer(rebasing: arenas.gradient[slice]).mutableSpan
        try owners.allReduce(&gradient, .sum)
    }
}
