extension InProcessCommunicator {
    public func allocateShared<Element: BitwiseCopyable & Sendable>(
        _ type: Element.Type, count: Int, alignment: Int
    ) throws(MPIError) -> SharedWindow<Element> {
        preconditionShared(type, count: count, alignment: alignment)
        let memory = try InProcessSharedMemory(
            self, bytes: count * MemoryLayout<Element>.stride, alignment: alignment)
        let segments = zip(memory.bases, try allGather(count)).map { base, count in
            UnsafeMutableBufferPointer(start: base.bindMemory(to: Element.self, capacity: count), count: count)
        }
        return SharedWindow(segments: segments, memory: memory)
    }
}

/// A window of threads: memory that each rank allocates and all keep the address of.
private final class InProcessSharedMemory: SharedMemory {
    let bases: [UnsafeMutableRawPointer]
    private let communicator: InProcessCommunicator
    private(set) var isFreed = false

    init(_ communicator: InProcessCommunicator, bytes: Int, alignment: Int) throws(MPIError) {
        let own = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 1), alignment: alignment)
        own.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        let all = try communicator.meet(
            CollectiveCall("MPI_Win_allocate_shared", "alignment: \(alignment)"),
            CollectiveContribution(address: own))
        bases = all.map { $0.address! }
        self.communicator = communicator
    }

    /// The monitor's lock orders the memory accesses of the ranks.
    func synchronize() throws(MPIError) {
        try communicator.barrier()
    }

    func free() throws(MPIError) {
        isFreed = true
        try communicator.barrier()
        bases[communicator.rank].deallocate()
    }
}
