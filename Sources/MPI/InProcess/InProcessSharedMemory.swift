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
    private let communicator: InProcessCommunicator
    /// Segments of all ranks: a segment lives as long as any of them has a reference to the window.
    private var segments: [Segment]
    private(set) var isFreed = false

    private final class Segment {
        let start: UnsafeMutableRawPointer

        init(bytes: Int, alignment: Int) {
            start = .allocate(byteCount: max(bytes, 1), alignment: alignment)
            start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        }

        deinit {
            start.deallocate()
        }
    }

    var bases: [UnsafeMutableRawPointer] { segments.map(\.start) }

    init(_ communicator: InProcessCommunicator, bytes: Int, alignment: Int) throws(MPIError) {
        let own = Segment(bytes: bytes, alignment: alignment)
        defer { withExtendedLifetime(own) {} }
        let all = try communicator.meet(
            CollectiveCall("MPI_Win_allocate_shared", "alignment: \(alignment)"),
            CollectiveContribution(address: Unmanaged.passUnretained(own).toOpaque()))
        segments = all.map { Unmanaged<Segment>.fromOpaque($0.address!).takeUnretainedValue() }
        self.communicator = communicator
        // All have their references before the first rank lets go of its own.
        try communicator.barrier()
    }

    /// The monitor's lock orders the memory accesses of the ranks.
    func synchronize() throws(MPIError) {
        try communicator.barrier()
    }

    func free() throws(MPIError) {
        isFreed = true
        try communicator.barrier()
        segments = []
    }
}
