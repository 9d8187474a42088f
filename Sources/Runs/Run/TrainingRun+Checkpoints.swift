import DataParallel
import Foundation
import MPI
import Training

extension TrainingRun {
    /// Collective. What the run continues from: the newest checkpoint that is whole; nil where there is none at all.
    ///
    /// - Throws: `AgreedError` of a `FileError` where no checkpoint is whole, or it is of another network, of other data, or
    ///   computed in another way.
    func readCheckpoint() throws -> Checkpoint? {
        let replica = experiment.replica
        let communicator = replica.communicator
        func read(_ step: Int) throws -> Checkpoint {
            try replica.checkpoint(at: path(step: step), additions: experiment.configuration.additions)
        }
        var newest = -1
        var own: Checkpoint?
        try communicator.agree {
            guard communicator.rank == 0 else { return }
            let steps = try Checkpoint.steps(in: directory.checkpoints)
            for step in steps.reversed() where newest < 0 {
                do {
                    own = try read(step)
                    newest = step
                } catch {
                    guard step == steps[0] else {
                        logger.warning("\(error); taking the checkpoint before it")
                        continue
                    }
                    let damaged = steps.count == 1 ? path(step: step) : "the checkpoints in \(directory.checkpoints)"
                    throw FileError(
                        path: directory.checkpoints,
                        problem:
                            "no checkpoint is whole (\(error)); remove \(damaged) to begin the run again, or give another "
                            + "directory with --output")
                }
            }
        }
        try communicator.agree {
            guard let own, let refusal = fingerprint?.refusal(of: own.fingerprint) else { return }
            throw FileError(path: path(step: newest), problem: refusal)
        }
        newest = try communicator.broadcast(newest, root: 0)
        if newest < 0 { return nil }
        return try communicator.agree { try own ?? read(newest) }
    }

    private func path(step: Int) -> String { directory.checkpoint(ofStep: step) }

    /// Collective. A trainer where the checkpoint was taken, which does as that one did.
    func trainer(continuing checkpoint: Checkpoint) throws -> Trainer {
        if let notice = fingerprint?.notice(since: checkpoint.fingerprint) { logger.notice("\(notice)") }
        let trainer = experiment.trainer(schedule: checkpoint.trainer.schedule)
        try restore(checkpoint, trainer)
        // Sums may be rounded in another order: a run that goes on does as it did.
        if experiment.configuration.reduction.overlap == .auto {
            if let overlaps = checkpoint.overlapsReduction {
                experiment.replica.overlapsReduction = overlaps
            } else {
                try experiment.settleOverlap()
            }
        }
        return trainer
    }

    /// Collective. A run that left no checkpoint begins again.
    func beginAgain() throws {
        try experiment.replica.communicator.agree {
            guard experiment.replica.communicator.rank == 0 else { return }
            guard !FileManager.default.fileExists(atPath: directory.model) else {
                throw FileError(
                    path: directory.checkpoints,
                    problem: "expected a checkpoint of the run that has ended, to go on from, found none; give "
                        + "another directory with --output")
            }
        }
        putPrimitives()
    }

    /// Collective. Brings replica and trainer to where the checkpoint was taken.
    private func restore(_ checkpoint: Checkpoint, _ trainer: Trainer) throws {
        let step = checkpoint.trainer.stepsDone
        let configuration = experiment.configuration
        let stepsPerEpoch = experiment.replica.batches.stepsPerEpoch
        try experiment.replica.communicator.agree {
            if let (key, problem) = configuration.endProblem(afterSteps: step, stepsPerEpoch: stepsPerEpoch) {
                throw FileError(
                    path: path(step: step), problem: "\(key): \(problem); give more, or another directory with --output"
                )
            }
            do {
                try trainer.restore(checkpoint.trainer)
            } catch {
                throw FileError(path: path(step: step), problem: "holds \(error)")
            }
        }
        try experiment.replica.restore(checkpoint)
        logger.notice("continuing after step \(step) of \(trainer.totalSteps)")
    }

    /// Collective. Ends a training whose checkpoint has been written.
    ///
    /// - Throws: `AgreedError` with the exit status 75, or of ``InterruptionNotKept``.
    func endInterrupted(_ trainer: Trainer, _ checkpoints: CheckpointObserver) throws -> Never {
        try experiment.replica.communicator.agree {
            guard let obstacle = checkpoints.obstacleToInterruption(of: trainer) else { return }
            // The ranks end together, as where it was kept: a signal may still be on its way to some.
            signals.stayDeaf()
            throw obstacle
        }
        throw AgreedError(
            everywhere: Interruption(
                description:
                    "\(trainer.placeOfInterruption); to go on, give the same command with --resume auto --output "
                    + directory.path))
    }
}

extension RunDirectory {
    /// The directory of a run that is to go on, nil where there is none yet.
    ///
    /// - Throws: where it holds a run that cannot go on by this configuration.
    static func continued(
        at path: String, _ configuration: Configuration, stepsPerEpoch: Int
    ) throws -> RunDirectory? {
        let run = RunDirectory(path: path)
        guard holdsSomething(run.configuration) else { return nil }
        let found = try Configuration.load(path: run.configuration, additions: configuration.additions)
        guard let obstacle = found.obstacle(toGoingOnBy: configuration, stepsPerEpoch: stepsPerEpoch) else {
            return run
        }
        throw FileError(
            path: run.configuration,
            problem: "\(obstacle.keyPath): \(obstacle.problem); give it as it was, or another directory with --output")
    }

    /// Whether the weights are there that a run of this configuration ends with. Those of one that ended earlier can be there
    /// while it goes on.
    func holdsModel(of configuration: Configuration) -> Bool {
        guard FileManager.default.fileExists(atPath: model),
            let kept = try? TrainedModel(readingFrom: model, additions: configuration.additions)
        else { return false }
        return kept.configuration.experiment == configuration.experiment
    }
}
