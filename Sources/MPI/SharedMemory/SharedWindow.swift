/// Memory that all ranks of a communicator read and write directly: one segment per rank.
///
/// Made by ``Communicator/allocateShared(_:count:alignment:)``, with all elements zero. The ranks agree among themselves
/// who touches what between two calls of ``synchronize()``; two ranks that write one element, or one that reads what
/// another writes, in the same span between them is a data race.
///
/// The memory is given back by ``free()``, or when the last reference has gone on all ranks: at once that of a rank by itself or of
/// threads, else at the next allocation among the same ranks.
public final class SharedWindow<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Sendable: the segments are raw memory whose concurrent use is what the type is for; its rules stand above.
    private let segments: [UnsafeMutableBufferPointer<Element>]
    private let memory: any SharedMemory

    init(segments: [UnsafeMutableBufferPointer<Element>], memory: any SharedMemory) {
        self.segments = segments
        self.memory = memory
    }

    /// The segment that `rank` contributed, of the length it asked for. Valid as long as this object, until ``free()``.
    public func segment(of rank: Int) -> UnsafeMutableBufferPointer<Element> {
        precondition(segments.indices.contains(rank), "segment of rank \(rank) of \(segments.count) ranks")
        precondition(!memory.isFreed, "segment of a shared window that was freed")
        return segments[rank]
    }

    /// Collective. What any rank wrote before is seen by every rank after. Costs a barrier.
    public func synchronize() throws(MPIError) {
        precondition(!memory.isFreed, "synchronize on a shared window that was freed")
        try memory.synchronize()
    }

    /// Collective. Gives the memory back at once; the segments end with it.
    public func free() throws(MPIError) {
        precondition(!memory.isFreed, "a shared window was freed twice")
        try memory.free()
    }
}

/// What differs between a library's window and memory of this process.
protocol SharedMemory: AnyObject {
    var isFreed: Bool { get }
    func synchronize() throws(MPIError)
    func free() throws(MPIError)
}
