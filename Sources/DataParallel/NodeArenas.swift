import CKernels
import MPI
import Optimizers
import Synchronization

/// The memory of data-parallel training on one node, in one shared window: one copy of the parameters and of the
/// optimizer's state for all ranks of the node, and a gradient and a mailbox for each.
///
/// So the ranks of a node exchange gradients by reading each other's memory, each parameter is updated once a node, and
/// a further rank costs one gradient, not a further model.
public final class NodeArenas {
    /// Floats in each arena.
    public let count: Int
    /// One copy a node.
    public let parameters: UnsafeMutableBufferPointer<Float>
    /// One copy a node, `count` floats for each arena.
    public let state: [UnsafeMutableBufferPointer<Float>]
    /// This rank's own.
    public let gradient: UnsafeMutableBufferPointer<Float>
    /// The gradients of all ranks of the node, by rank.
    let gradients: UnsafeMutableBufferPointer<UnsafePointer<Float>?>
    /// How far the gradients of each rank of the node are final, by rank; a cache line each.
    private let marks: [UnsafeMutablePointer<Atomic<UInt64>>]
    /// The mailboxes of all ranks of the node, by rank.
    private let mailboxes: [UnsafeMutablePointer<Mailbox>]
    /// What the ranks of the node have added up, each over its own parts of the gradient; one array of all ranks.
    let gradientSquares: UnsafeMutableBufferPointer<Double>
    /// What the ranks of the node have added up, each over its own pieces of tensors; one array of all ranks.
    let tensorSquares: UnsafeMutableBufferPointer<SquaredNorms>
    /// Terms of the sums that the optimizer asks for, of each piece of a tensor; one array of all ranks.
    let pieceSums: UnsafeMutableBufferPointer<StepNumbers>
    private let window: SharedWindow<UInt8>
    private let rank: Int

    /// What a rank tells the others of its node at each step.
    struct Mailbox: BitwiseCopyable {
        var lossDigits = SIMD8<Int64>()
        var nonFiniteCount: Int64 = 0
        var requests: StepRequests = []
    }

    /// Sums of squares over a piece of the arenas.
    struct SquaredNorms: BitwiseCopyable {
        var parameters = 0.0
        var gradient = 0.0
    }

    /// Collective over `node`: the same counts on all its ranks.
    ///
    /// - Parameters:
    ///   - partCount: parts of the gradient whose norms the ranks exchange.
    ///   - pieceCount: pieces of tensors whose norms the ranks exchange.
    ///   - sumCount: pieces of tensors over which the ranks add up what the optimizer asks for.
    public init(
        node: any Communicator, count: Int, stateArenaCount: Int, partCount: Int = 0, pieceCount: Int = 0,
        sumCount: Int = 0
    ) throws(MPIError) {
        self.count = count
        rank = node.rank
        // Segment of every rank: mark, mailbox, norms and sums (used of rank 0 alone), gradient; of rank 0 also: parameters, state.
        let arenaBytes = Self.wholeLines(count * MemoryLayout<Float>.stride)
        let mailboxBytes = Self.lineBytes + Self.wholeLines(MemoryLayout<Mailbox>.stride)
        let partBytes = Self.wholeLines(partCount * MemoryLayout<Double>.stride)
        let pieceBytes = Self.wholeLines(pieceCount * MemoryLayout<SquaredNorms>.stride)
        let headBytes =
            mailboxBytes + partBytes + pieceBytes + Self.wholeLines(sumCount * MemoryLayout<StepNumbers>.stride)
        let sharedArenas = node.rank == 0 ? 1 + stateArenaCount : 0
        let window = try node.allocateShared(
            UInt8.self, count: headBytes + (1 + sharedArenas) * arenaBytes, alignment: Self.lineBytes)
        self.window = window

        func arena(_ number: Int, of rank: Int) -> UnsafeMutableBufferPointer<Float> {
            let start = UnsafeMutableRawPointer(window.segment(of: rank).baseAddress!) + headBytes
            return UnsafeMutableBufferPointer(
                start: (start + number * arenaBytes).bindMemory(to: Float.self, capacity: count), count: count)
        }
        gradient = arena(0, of: node.rank)
        parameters = arena(1, of: 0)
        state = (0..<stateArenaCount).map { arena(2 + $0, of: 0) }
        gradients = .allocate(capacity: node.size)
        for rank in 0..<node.size {
            gradients.initializeElement(at: rank, to: UnsafePointer(arena(0, of: rank).baseAddress!))
        }
        mailboxes = (0..<node.size).map { rank in
            (UnsafeMutableRawPointer(window.segment(of: rank).baseAddress!) + Self.lineBytes)
                .bindMemory(to: Mailbox.self, capacity: 1)
        }
        marks = (0..<node.size).map { rank in
            // Zero, as the window is, is an atomic 0.
            UnsafeMutableRawPointer(window.segment(of: rank).baseAddress!)
                .bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        }
        let sums = UnsafeMutableRawPointer(window.segment(of: 0).baseAddress!) + mailboxBytes
        gradientSquares = UnsafeMutableBufferPointer(
            start: sums.bindMemory(to: Double.self, capacity: partCount), count: partCount)
        tensorSquares = UnsafeMutableBufferPointer(
            start: (sums + partBytes).bindMemory(to: SquaredNorms.self, capacity: pieceCount), count: pieceCount)
        pieceSums = UnsafeMutableBufferPointer(
            start: (sums + partBytes + pieceBytes).bindMemory(to: StepNumbers.self, capacity: sumCount),
            count: sumCount)
    }

    deinit {
        gradients.deallocate()
    }

    /// Collective over the node. What any rank wrote before is seen by every rank after.
    public func synchronize() throws(MPIError) {
        try window.synchronize()
    }

    /// Collective over the node. Gives the memory back; no arena may be used after it.
    public func free() throws(MPIError) {
        try window.free()
    }

    /// Sets this rank's gradient to 0: what a rank without samples contributes.
    public func clearGradient() {
        gradient.update(repeating: 0)
    }

    /// Tells the other ranks of the node how far this one's gradients are final, by a mark that rises.
    func publish(_ mark: UInt64) {
        marks[rank].pointee.store(mark, ordering: .releasing)
    }

    /// That of the rank of the node that is least far.
    func lowestMark() -> UInt64 {
        marks.reduce(.max) { min($0, $1.pointee.load(ordering: .acquiring)) }
    }

    /// Adds up the gradients of the node's ranks into this rank's own; nobody else reads that part of it.
    package func sumGradients(_ range: Range<Int>) {
        guard gradients.count > 1 else { return }
        kernels_sum(
            gradient.baseAddress, gradients.baseAddress, Int64(gradients.count), Int64(range.lowerBound),
            Int64(range.count))
    }

    /// Leaves something for the other ranks of the node; seen after the next `synchronize()`.
    func post(_ change: (inout Mailbox) -> Void) {
        change(&mailboxes[rank].pointee)
    }

    /// Reads all mailboxes in the order of the ranks.
    func collect<Result>(_ initial: Result, _ combine: (inout Result, Mailbox) -> Void) -> Result {
        var result = initial
        for mailbox in mailboxes { combine(&result, mailbox.pointee) }
        return result
    }

    private static let lineBytes = 64

    private static func wholeLines(_ bytes: Int) -> Int {
        (bytes + lineBytes - 1) / lineBytes * lineBytes
    }
}
