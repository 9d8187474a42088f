internal import CMPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension MPICommunicator {
    public func allocateShared<Element: BitwiseCopyable & Sendable>(
        _ type: Element.Type, count: Int, alignment: Int
    ) throws(MPIError) -> SharedWindow<Element> {
        preconditionShared(type, count: count, alignment: alignment)
        let processes = try allGather(Int(getpid()))
        try windows.collect(processes, over: self)
        let memory = try MPISharedMemory(
            self, processes, bytes: count * MemoryLayout<Element>.stride, alignment: alignment)
        let segments = zip(memory.bases, try allGather(count)).map { base, count in
            UnsafeMutableBufferPointer(start: base.bindMemory(to: Element.self, capacity: count), count: count)
        }
        return SharedWindow(segments: segments, memory: memory)
    }
}

/// A window of `MPI_Win_allocate_shared` (MPI-3.1 §11.2.3) in a passive-target epoch that lasts as long as the window,
/// in which loads and stores are ordered by `MPI_Win_sync` (§11.5.4, example 11.21).
final class MPISharedMemory: SharedMemory {
    /// Each rank's first byte, aligned, in this process's address space.
    let bases: [UnsafeMutableRawPointer]
    private let communicator: MPICommunicator
    private let entry: AbandonedWindows.Entry
    private(set) var isFreed = false

    init(_ communicator: MPICommunicator, _ processes: [Int], bytes: Int, alignment: Int) throws(MPIError) {
        var base: UnsafeMutableRawPointer?
        var window = CMPIWindow()
        // The library aligns to no more than a number's size, so each rank asks for enough to move its start up.
        let padded = (bytes + alignment - 1) / alignment * alignment + alignment
        // Jobs of this machine one after the other, so that what one has seen to be free it also gets.
        let turn = communicator.rank == 0 ? PageReservation.Turn(in: Self.directory) : nil
        defer { withExtendedLifetime(turn) {} }
        try Self.checkRoom(for: padded, over: communicator)
        let code = cmpi_win_allocate_shared(Int64(padded), communicator.handle, &base, &window)
        do throws(MPIError) {
            try communicator.check(code, "MPI_Win_allocate_shared")
        } catch {
            throw MPIError(
                operation: error.operation, errorClass: communicator.size > 1 ? .abandoned : error.errorClass,
                text: "\(error.text); rank \(communicator.rank) of \(communicator.size) of this machine asked for "
                    + "\((padded + 1_048_575) >> 20) MiB: is there as much memory, and room in /dev/shm or the directory for "
                    + "temporary files?")
        }
        // The owner touches its segment first, which puts the pages into its memory.
        guard let base else { fatalError("MPI_Win_allocate_shared returned no memory") }
        guard try communicator.allReduce(PageReservation.fill(base, byteCount: padded) ? 1 : 0, .min) == 1 else {
            try communicator.check(cmpi_win_free(&window), "MPI_Win_free")
            let wanted = (try communicator.allReduce(padded, .sum) + 1_048_575) >> 20
            throw MPIError(
                operation: "MPI_Win_allocate_shared", errorClass: .noMemory,
                text:
                    "\(communicator.size) ranks of this machine asked for \(wanted) MiB of shared memory, which others have "
                    + "taken meanwhile; run fewer jobs at a time, or allow more (docker run --shm-size)")
        }
        try communicator.check(cmpi_win_return_errors(window), "MPI_Win_set_errhandler")
        try communicator.check(cmpi_win_lock_all(window), "MPI_Win_lock_all")

        // The memory may be mapped elsewhere in every process, so what a rank tells the others is the offset.
        let offset = base.alignedUp(toMultipleOf: alignment) - base
        let offsets = try communicator.allGather(offset)
        var bases: [UnsafeMutableRawPointer] = []
        for (rank, offset) in offsets.enumerated() {
            var size: Int64 = 0
            var start: UnsafeMutableRawPointer?
            try communicator.check(
                cmpi_win_shared_query(window, Int32(rank), &size, &start), "MPI_Win_shared_query")
            guard let aligned = start.map({ $0 + offset }), Int(bitPattern: aligned) % alignment == 0 else {
                throw MPIError(
                    operation: "MPI_Win_shared_query", errorClass: .window,
                    text: "the segment of rank \(rank) is not aligned to \(alignment) bytes "
                        + "on rank \(communicator.rank)")
            }
            bases.append(aligned)
        }
        self.bases = bases
        self.communicator = communicator
        entry = AbandonedWindows.Entry(window, processes: processes)
        communicator.windows.add(entry)
        try synchronize()
    }

    deinit {
        guard !isFreed else { return }
        entry.abandon()
        var finalized: Int32 = 0
        guard communicator.size == 1, cmpi_finalized(&finalized) == cmpi_success(), finalized == 0 else { return }
        // No other rank has a part in it. Nobody is left to tell of a failure.
        try? communicator.windows.free(entry)
    }

    private static var directory: String {
        getenv("OMPI_MCA_osc_sm_backing_directory").map { String(cString: $0) } ?? "/dev/shm"
    }

    /// Collective. Whether the ranks' segments fit where libraries put shared memory: one that finds no room there lets some
    /// ranks wait for ever. What others take after this look is found when the pages are taken.
    ///
    /// - Throws: on all ranks alike.
    private static func checkRoom(for bytes: Int, over communicator: MPICommunicator) throws(MPIError) {
        // A rank by itself has memory of its own.
        guard communicator.size > 1 else { return }
        let wanted = try communicator.allReduce(bytes, .sum)
        // The first rank's answer, as others may ask while one of them takes memory; -1 where there is no limit.
        let own = communicator.rank == 0 ? PageReservation.room(in: directory) : nil
        let room = try communicator.broadcast(own ?? -1, root: 0)
        guard room >= 0, room < wanted else { return }
        throw MPIError(
            operation: "MPI_Win_allocate_shared", errorClass: .noMemory,
            text: "\(communicator.size) ranks of this machine asked for \((wanted + 1_048_575) >> 20) MiB of shared "
                + "memory, \(room >> 20) MiB are free in \(directory); allow more there (docker run --shm-size)")
    }

    func synchronize() throws(MPIError) {
        try MPIError.check(cmpi_win_sync(entry.window), "MPI_Win_sync")
        try communicator.barrier()
        try MPIError.check(cmpi_win_sync(entry.window), "MPI_Win_sync")
    }

    func free() throws(MPIError) {
        isFreed = true
        try communicator.lateFailure.rethrow()
        try communicator.windows.free(entry)
    }
}
