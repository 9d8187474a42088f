import DataParallel
import MPI

extension TrainingRun {
    /// Collective. Trains to the end, rolling back where the configuration wants it, and returns when all checkpoints have been
    /// written.
    ///
    /// - Parameter timeline: where it is recorded what this rank does; nil not to.
    /// - Throws: `AgreedError` of what ended the training before its time.
    func train(
        _ trainer: Trainer, continuing checkpoint: Checkpoint?, _ timeline: Timeline?, showsProgress: Bool
    ) throws -> RunRecorder {
        let communicator = setup.replica.communicator
        let configuration = setup.configuration
        setup.replica.timeline = timeline
        defer { setup.replica.timeline = nil }
        let writer =
            communicator.rank == 0
            ? CheckpointWriter(
                directory: directory.checkpoints, kept: configuration.checkpoint.keep, timeline: timeline)
            : nil
        let recorder = try makeRecorder(continuing: checkpoint)
        if configuration.training.nonFinite == .rollBack, !trainer.plan.watchesInformation, checkpoint == nil {
            // What to go back to before there is another one.
            try takeCheckpoint(of: trainer, recorder, writer)
        }
        func keep() throws -> (Trainer.Kept, RunRecorder.Position) { (try trainer.keep(), recorder.position) }
        var kept = trainer.plan.watchesInformation ? try keep() : nil
        do {
            try trainer.rollingBack {
                do {
                    try train(trainer, recorder, writer, showsProgress: showsProgress) { kept = try keep() }
                } catch {
                    // The steps that led to the failure are what the user will look at; a second failure says no more.
                    recorder.flush()
                    throw error
                }
            } goBack: { failure in
                guard let (best, position) = kept else {
                    return try rollBack(trainer, recorder, writer, after: failure)
                }
                try goBack(to: best, position, trainer, recorder, writer, after: failure)
                return true
            }
        } catch {
            if let failure = trainer.failure { try leaveEvidence(of: failure, trainer) }
            throw error
        }
        // At the last step the policy asked for one.
        if trainer.hasStopped, trainer.stepsDone < trainer.totalSteps, configuration.checkpoint.end {
            try takeCheckpoint(of: trainer, recorder, writer)
        }
        writer?.finish()
        if trainer.isInterrupted {
            recorder.flush()
            try endInterrupted(trainer, writer)
        }
        if let writer {
            tellFailures(of: writer)
            let failed = writer.failedCount
            if failed > 1 { logger.warning("the last \(failed) checkpoints could not be written") }
        }
        return recorder
    }

    /// Collective. The loop, with what is written and shown meanwhile.
    private func train(
        _ trainer: Trainer, _ recorder: RunRecorder, _ writer: CheckpointWriter?, showsProgress: Bool,
        onBest: () throws -> Void
    ) throws {
        let settings = setup.configuration.checkpoint
        var policy = CheckpointPolicy(settings)
        let communicator = setup.replica.communicator
        var best = try communicator.broadcast(recorder.cycles.compactMap(\.selectionAccuracy).max() ?? -1, root: 0)
        // Not compared at the start, and all ranks take part in a checkpoint.
        let keepsBest = try communicator.broadcast(settings.best ? 1 : 0, root: 0) == 1
        let progress = showsProgress ? ProgressReporter(trainer, of: setup) : nil
        defer { progress?.finish() }
        var skipped = SkippedSteps(trainer)
        try trainer.trainOnce(
            onBest: onBest,
            requests: { step, endsCycle in
                var requests = signals.take()
                if let writer,
                    policy.asks(
                        afterStep: step, endsCycle: endsCycle, endsRun: step == trainer.totalSteps,
                        isBusy: writer.isBusy)
                {
                    requests.insert(.checkpoint)
                }
                return requests
            },
            onRequest: { _ in try takeCheckpoint(of: trainer, recorder, writer) },
            onStep: { step in
                recorder.record(step)
                progress?.advance(samples: step.samples, loss: step.loss)
            },
            onCycle: { cycle in
                // Not as an argument of the optional call, which is evaluated only where progress is shown.
                let line = recorder.record(cycle)
                progress?.finishCycle(line)
                do {
                    if let warning = try skipped.endCycle(cycle, of: trainer) { logger.warning("\(warning)") }
                } catch {
                    throw AgreedError(everywhere: error)
                }
                tellPlots()
                // The same on every rank.
                guard keepsBest, let accuracy = line.selectionAccuracy, accuracy > best else { return }
                best = accuracy
                try takeCheckpoint(of: trainer, recorder, writer, isBest: true)
            })
    }
}

extension ProgressReporter {
    fileprivate convenience init(_ trainer: Trainer, of setup: Setup) {
        let batches = trainer.replica.batches
        func samples(_ steps: Int) -> Int {
            let (epochs, rest) = steps.quotientAndRemainder(dividingBy: batches.stepsPerEpoch)
            return epochs * batches.sampleCount + min(rest * batches.globalBatch, batches.sampleCount)
        }
        self.init(
            totalSamples: samples(trainer.totalSteps), samplesPerEpoch: batches.sampleCount,
            source: setup.configuration.learningRate.schedule.source ?? .train,
            hasValidation: setup.data.validation != nil,
            samplesBefore: samples(trainer.stepsDone))
    }
}
