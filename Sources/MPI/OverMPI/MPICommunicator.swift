internal import CMPI

/// A communicator of processes: a handle of the MPI library.
///
/// A communicator made by `split`, `splitShared` or `duplicate` is freed when its last reference goes. MPI calls that
/// collective (MPI-3.1 §6.4.3), so ranks should let go of communicators in the same order; the libraries only mark the
/// handle and free it when nothing is pending.
public final class MPICommunicator: Communicator, @unchecked Sendable {
    // Sendable: the handle never changes; whether two threads may call at once is the library's matter and is what
    // `MPIRuntime.threadLevel` says.

    public let rank: Int
    public let size: Int

    public var hostName: String { names.host }
    public var library: String { names.library }

    private let names: MPINames
    /// Abandoned windows of this process, whatever the communicator.
    let windows: AbandonedWindows
    let handle: CMPIComm
    /// The largest count passed to the library in one call; longer ones are split. An injected smaller limit lets
    /// short buffers test the splitting.
    let countLimit: Int
    let lateFailure = LateFailure()

    /// A handle that MPI made for this object, as opposed to one of its predefined ones.
    private let isOwned: Bool
    /// Shared windows that exist: for tests.
    package var windowCount: Int { windows.count }

    /// Carries the messages of collectives that are split, so that they cannot match those of the program.
    private nonisolated(unsafe) var messageSpace: MPICommunicator?

    convenience init(handle: CMPIComm, isOwned: Bool, countLimit: Int = Int(Int32.max)) throws(MPIError) {
        try self.init(
            handle: handle, isOwned: isOwned, countLimit: countLimit, names: MPINames.read(),
            windows: AbandonedWindows())
    }

    private init(
        handle: CMPIComm, isOwned: Bool, countLimit: Int, names: MPINames, windows: AbandonedWindows
    ) throws(MPIError) {
        try MPIError.check(cmpi_comm_return_errors(handle), "MPI_Comm_set_errhandler")
        var rank: Int32 = 0
        var size: Int32 = 0
        try MPIError.check(cmpi_comm_rank(handle, &rank), "MPI_Comm_rank")
        try MPIError.check(cmpi_comm_size(handle, &size), "MPI_Comm_size")
        self.rank = Int(rank)
        self.size = Int(size)
        self.names = names
        self.windows = windows
        self.handle = handle
        self.isOwned = isOwned
        self.countLimit = countLimit
    }

    /// Collective. A duplicate that splits at `countLimit` elements instead of 2³¹−1.
    package convenience init(duplicating other: MPICommunicator, countLimit: Int) throws(MPIError) {
        precondition((1...Int(Int32.max)).contains(countLimit), "a count limit of \(countLimit)")
        var copy = other.handle
        try other.check(waiting(in: "MPI_Comm_dup") { cmpi_comm_dup(other.handle, &copy) }, "MPI_Comm_dup")
        try self.init(
            handle: copy, isOwned: true, countLimit: countLimit, names: other.names, windows: other.windows)
    }

    deinit {
        guard isOwned else { return }
        var finalized: Int32 = 0
        var handle = handle
        // Nobody is left to tell of a failure, and nothing to do about one.
        if cmpi_finalized(&finalized) == cmpi_success(), finalized == 0 { _ = cmpi_comm_free(&handle) }
    }

    public func split(color: Int?, key: Int) throws(MPIError) -> MPICommunicator? {
        precondition((color ?? 0) >= 0, "split by the negative color \(color ?? 0)")
        var part = handle
        let color = color.map { Int32($0) } ?? -1
        try check(waiting(in: "MPI_Comm_split") { cmpi_comm_split(handle, color, Int32(key), &part) }, "MPI_Comm_split")
        if cmpi_comm_is_null(part) != 0 { return nil }
        return try MPICommunicator(
            handle: part, isOwned: true, countLimit: countLimit, names: names, windows: windows)
    }

    public func splitShared() throws(MPIError) -> MPICommunicator {
        var part = handle
        try check(
            waiting(in: "MPI_Comm_split_type") { cmpi_comm_split_shared(handle, Int32(rank), &part) },
            "MPI_Comm_split_type")
        return try MPICommunicator(
            handle: part, isOwned: true, countLimit: countLimit, names: names, windows: windows)
    }

    public func duplicate() throws(MPIError) -> MPICommunicator {
        try MPICommunicator(duplicating: self, countLimit: countLimit)
    }

    public func barrier() throws(MPIError) {
        try check(waiting(in: "MPI_Barrier") { cmpi_barrier(handle) }, "MPI_Barrier")
    }

    /// Ends all ranks of the job, of which this one does not return. Only the top handler calls this.
    func abort(status: Int32) -> Never {
        _ = cmpi_abort(handle, status)
        fatalError("MPI_Abort returned")
    }

    /// Throws what the call that returned `code`, or a dropped request before it, failed with.
    func check(_ code: Int32, _ operation: StaticString) throws(MPIError) {
        try MPIError.check(code, operation)
        try lateFailure.rethrow()
    }

    /// Collective at its first call on each rank: a duplicate for this communicator's own messages.
    func privateMessageSpace() throws(MPIError) -> MPICommunicator {
        if let messageSpace { return messageSpace }
        let space = try duplicate()
        messageSpace = space
        return space
    }
}
