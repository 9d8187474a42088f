import Logging

/// Leaves behind what the step was made of that ended a training. All ranks have one.
final class EvidenceObserver: TrainingObserver {
    private let directory: RunDirectory
    /// Of rank 0.
    private let files: RunFiles?
    private let logger: Logger

    init(directory: RunDirectory, files: RunFiles?, logger: Logger) {
        self.directory = directory
        self.files = files
        self.logger = logger
    }

    func failure(of trainer: Trainer) throws {
        guard let failure = trainer.failure else { return }
        // A failure at a cycle's end is of the step before.
        let step = failure.isAfterStep ? trainer.stepsDone - 1 : trainer.stepsDone
        let evidence = try trainer.replica.evidence(ofStep: max(step, 0), reason: "\(failure)")
        let directory = directory
        if files?.put(directory.failure, { () throws(FileError) in try directory.write(evidence) }) == true {
            logger.notice("about the step: \(directory.failure)")
        }
    }
}
