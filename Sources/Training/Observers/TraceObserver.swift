import Logging
import MPI

/// Writes when each rank did what. All ranks have one, the last of their observers, so that it sees what the others wait for.
final class TraceObserver: TrainingObserver {
    let file: TraceFile
    private let replica: Replica
    /// Of rank 0.
    private let files: RunFiles?
    private let logger: Logger

    /// Collective. Records from here on.
    init(_ path: String, _ replica: Replica, files: RunFiles?, logger: Logger) throws {
        file = try TraceFile(path, over: replica.communicator)
        self.replica = replica
        self.files = files
        self.logger = logger
    }

    func begin(_ trainer: Trainer) { replica.timeline = file.timeline }

    func end(_ trainer: Trainer) throws {
        replica.timeline = nil
        let note = try file.write { path, write in files?.put(path, write) }
        logger.notice("\(note)")
    }

    /// Hides failures to write: the user is told why the training ended.
    func failure(of trainer: Trainer) { try? end(trainer) }
}
