import DataParallel
import Foundation
import MPI

extension TrainingRun {
    /// Collective. What the run continues from: the newest checkpoint that is whole; nil where there is none at all.
    ///
    /// - Throws: `AgreedError` of a `FileError` where no checkpoint is whole, or it is of another network, of other data, or
    ///   computed in another way.
    func readCheckpoint() throws -> Checkpoint? {
        let replica = setup.replica
        let communicator = replica.communicator
        func read(_ step: Int) throws -> Checkpoint {
            try Checkpoint(
                readingFrom: path(step: step),
                stateArenas: replica.stateArenaCount, numbers: replica.numberCount,
                statistics: replica.network.statisticShapes)
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

    private func path(step: Int) -> String { "\(directory.checkpoints)/\(Checkpoint.fileName(step: step))" }

    /// Collective. Brings replica and trainer to where the checkpoint was taken.
    func restore(_ checkpoint: Checkpoint, _ trainer: Trainer) throws {
        let step = checkpoint.trainer.stepsDone
        let configuration = setup.configuration
        let stepsPerEpoch = setup.replica.batches.stepsPerEpoch
        try setup.replica.communicator.agree {
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
        try setup.replica.restore(
            parameters: checkpoint.parameters, state: checkpoint.state, numbers: checkpoint.numbers,
            statistics: checkpoint.statistics, leftOvers: checkpoint.leftOvers)
        logger.notice("continuing after step \(step) of \(trainer.totalSteps)")
    }

    /// Collective. The files of a run that begins, or goes on from a checkpoint.
    package func makeRecorder(continuing checkpoint: Checkpoint?) throws -> RunRecorder {
        let communicator = setup.replica.communicator
        return try communicator.agree {
            try RunRecorder(
                directory: directory, output: setup.configuration.output, rank: communicator.rank,
                continuing: checkpoint, unwritten: unwritten, files: files)
        }
    }

    /// Collective. Goes back to the last checkpoint that was written, with lower rates.
    ///
    /// - Returns: false where there is none.
    package func rollBack(
        _ trainer: Trainer, _ recorder: RunRecorder, _ writer: CheckpointWriter?, after failure: TrainingError
    ) throws -> Bool {
        let scale = trainer.rateScaleAfterFailure
        if let writer {
            writer.finish()
            tellFailures(of: writer)
        }
        guard let checkpoint = try readCheckpoint() else { return false }
        try restore(checkpoint, trainer)
        trainer.setRateScale(scale)
        let record = RollBackRecord(
            failure: failure, step: trainer.stepsDone, lastCycleEnd: checkpoint.trainer.cycleStart, rateScale: scale)
        logger.warning("\(record)")
        try setup.replica.communicator.agree { try recorder.rollBack(to: checkpoint) }
        return true
    }

    /// Collective. Goes back to what was kept in memory, with lower rates. Checkpoints of later steps, which are not of this
    /// training any more, give way to one of where it goes on from.
    func goBack(
        to kept: Trainer.Kept, _ position: RunRecorder.Position, _ trainer: Trainer, _ recorder: RunRecorder,
        _ writer: CheckpointWriter?, after failure: TrainingError
    ) throws {
        recorder.flush()
        let record = try trainer.goBack(to: kept, after: failure)
        logger.warning("\(record)")
        let communicator = setup.replica.communicator
        try communicator.agree { try recorder.rollBack(to: position, step: record.step, lastLook: record.lastCycleEnd) }
        writer?.finish()
        func abandoned() -> [Int] {
            ((try? Checkpoint.steps(in: directory.checkpoints)) ?? []).filter { $0 > record.step }
        }
        let isAbandoned = writer != nil && files?.isOwn != false && !abandoned().isEmpty
        guard try communicator.allReduce(isAbandoned ? 1 : 0, .max) == 1 else { return }
        try takeCheckpoint(of: trainer, recorder, writer)
        guard let writer else { return }
        writer.finish()
        tellFailures(of: writer)
        for step in abandoned() { try? Checkpoint.remove(path(step: step)) }
    }

    /// Collective. Leaves behind what the step that ended the run was made of.
    func leaveEvidence(of failure: TrainingError, _ trainer: Trainer) throws {
        // Of a cycle's end it is the step before.
        let step = failure.isAfterStep ? trainer.stepsDone - 1 : trainer.stepsDone
        let evidence = try setup.replica.evidence(ofStep: max(step, 0), reason: "\(failure)")
        let directory = directory
        if files?.put(directory.failure, { () throws(FileError) in try directory.write(evidence) }) == true {
            logger.notice("about the step: \(directory.failure)")
        }
    }

    /// Collective. Takes a checkpoint, which is written while training goes on.
    ///
    /// - Parameter writer: of rank 0.
    package func takeCheckpoint(
        of trainer: Trainer, _ recorder: RunRecorder, _ writer: CheckpointWriter?, isBest: Bool = false
    ) throws {
        let start = Timeline.now()
        defer { setup.replica.timeline?.record("copy for a checkpoint", since: start) }
        // What goes on from here finds the lines of all steps before.
        files?.renew()
        recorder.flush()
        let state = try trainer.state()
        let snapshot = try setup.replica.snapshot()
        guard let snapshot, let writer, let fingerprint, files?.isOwn != false else { return }
        tellFailures(of: writer)
        writer.write(
            snapshot,
            Checkpoint.Position(
                trainer: state, seconds: recorder.seconds, samples: recorder.samples,
                overlapsReduction: setup.replica.canOverlapReduction ? setup.replica.overlapsReduction : nil,
                fingerprint: fingerprint),
            isBest: isBest)
    }

    /// A checkpoint that could not be written costs no more than itself. Of several, one after the other, the first is told.
    func tellFailures(of writer: CheckpointWriter) {
        for news in writer.takeNews() {
            switch news {
            case .failure(let failure):
                logger.warning("no checkpoint: \(failure); the one before it stands, and the next is tried")
            case .writtenAgain(let count):
                logger.notice(
                    "checkpoints: one has been written again; \(count) before it could not be")
            }
        }
    }

    /// Collective. Waits for the checkpoint of an interrupted training, and ends.
    ///
    /// - Throws: `AgreedError` with the exit status 75, or of ``InterruptionNotKept``.
    func endInterrupted(_ trainer: Trainer, _ writer: CheckpointWriter?) throws -> Never {
        let place = "interrupted after step \(trainer.stepsDone) of \(trainer.totalSteps)"
        try setup.replica.communicator.agree {
            writer?.finish()
            guard let writer, let failure = writer.takeFailure() else { return }
            // One of a later step is damaged: the training went on from an earlier one.
            let newest = (try? Checkpoint.steps(in: directory.checkpoints))?.last { $0 <= trainer.stepsDone }
            if newest == trainer.stepsDone {
                // Another one, the best say, or the removal of an old one.
                logger.warning("\(failure); the checkpoint after step \(trainer.stepsDone) stands")
                return
            }
            // The ranks end together, as where it was kept: a signal may still be on its way to some.
            signals.stayDeaf()
            throw InterruptionNotKept(place: place, failure: failure, newest: newest)
        }
        throw AgreedError(
            everywhere: Interruption(
                description: "\(place); to go on, give the same command with --resume auto --output \(directory.path)"))
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
        let found = try Configuration.load(path: run.configuration)
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
        guard FileManager.default.fileExists(atPath: model), let kept = try? TrainedModel(readingFrom: model) else {
            return false
        }
        return kept.configuration.experiment == configuration.experiment
    }
}

extension CycleMetrics {
    /// What a checkpoint is chosen by: never by the test set.
    var selectionAccuracy: Double? { (validation ?? train)?.accuracy }
}
