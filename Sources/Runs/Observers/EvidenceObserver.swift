import Training

/// Leaves behind what the step was made of that ended a training. All ranks have one.
final class EvidenceObserver: TrainingObserver {
    private let output: RunOutput

    init(_ output: RunOutput) {
        self.output = output
    }

    func failure(of trainer: Trainer) throws {
        guard let failure = trainer.failure else { return }
        // A failure at a cycle's end is of the step before.
        let step = failure.isAfterStep ? trainer.stepsDone - 1 : trainer.stepsDone
        let evidence = try trainer.replica.evidence(ofStep: max(step, 0), reason: "\(failure)")
        let directory = output.directory
        if output.files?.put(directory.failure, { () throws(FileError) in try directory.write(evidence) }) == true {
            output.logger.notice("about the step: \(directory.failure)")
        }
    }
}
