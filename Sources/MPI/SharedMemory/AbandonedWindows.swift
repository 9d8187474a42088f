internal import CMPI
import Synchronization

/// The shared windows of a process that are not freed. One that a rank has let go of is freed when all its ranks have, at the
/// next allocation among them: `MPI_Win_free` is collective, and the last reference goes on each rank at a time of its own.
final class AbandonedWindows: Sendable {
    /// A window that exists.
    final class Entry: @unchecked Sendable {
        // Sendable: a handle, which never changes; with Open MPI it is a pointer, with MPICH a number.
        let window: CMPIWindow
        /// The processes that it is of, in the order of their ranks: what tells communicators of the same ranks.
        let processes: [Int]
        fileprivate let isAbandoned = Atomic(false)

        init(_ window: CMPIWindow, processes: [Int]) {
            self.window = window
            self.processes = processes
        }

        /// To be called when the last reference goes, on any thread.
        func abandon() {
            isAbandoned.store(true, ordering: .relaxed)
        }
    }

    /// In the order of the allocations, which of the windows of the same ranks is the same on all of them.
    private let entries = Mutex<[Entry]>([])

    /// Windows that exist.
    var count: Int { entries.withLock(\.count) }

    func add(_ entry: Entry) {
        entries.withLock { $0.append(entry) }
    }

    /// Collective over the window's ranks.
    func free(_ entry: Entry) throws(MPIError) {
        entries.withLock { $0.removeAll { $0 === entry } }
        var window = entry.window
        try MPIError.check(cmpi_win_unlock_all(window), "MPI_Win_unlock_all")
        try MPIError.check(cmpi_win_free(&window), "MPI_Win_free")
    }

    /// Collective. Frees the windows of these ranks that all of them have let go of.
    func collect(_ processes: [Int], over communicator: MPICommunicator) throws(MPIError) {
        let own = entries.withLock { $0.filter { $0.processes == processes } }
        guard !own.isEmpty else { return }
        var flags = own.map { $0.isAbandoned.load(ordering: .relaxed) ? 1 : 0 }
        try communicator.allReduce(&flags, .min)
        for (entry, flag) in zip(own, flags) where flag == 1 { try free(entry) }
    }
}
