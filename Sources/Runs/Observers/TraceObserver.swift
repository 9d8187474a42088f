import MPI
import Training

/// Writes when each rank did what. All ranks have one, the last of their observers, so that it sees what the others wait for.
final class TraceObserver: TrainingObserver {
    let file: TraceFile
    private let replica: Replica
    private let output: RunOutput

    /// Collective. Records from here on.
    init(_ path: String, _ replica: Replica, _ output: RunOutput) throws {
        file = try TraceFile(path, over: replica.communicator)
        self.replica = replica
        self.output = output
    }

    func begin(_ trainer: Trainer) { replica.timeline = file.timeline }

    func end(_ trainer: Trainer) throws {
        replica.timeline = nil
        let note = try file.write { path, write in output.files?.put(path, write) }
        output.logger.notice("\(note)")
    }

    /// Hides failures to write: the user is told why the training ended.
    func failure(of trainer: Trainer) { try? end(trainer) }
}
