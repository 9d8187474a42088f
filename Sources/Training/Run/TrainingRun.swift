import DataParallel
import Foundation
import LearningRate
import Logging
import MPI

/// `entrain train`: an experiment from its configuration to weights, metrics and plot in a run directory.
public struct TrainingRun {
    public let setup: Setup
    public let directory: RunDirectory
    private let title: String
    /// Whether the directory holds a run that is to go on.
    private let continues: Bool
    /// What this rank could not write so far.
    let unwritten: UnwrittenFiles
    /// Of rank 0.
    let files: RunFiles?
    private let plots = PlotQueue()
    /// From before the data are loaded, which may take long.
    let signals = SignalWatch()
    /// Of rank 0.
    let fingerprint: Fingerprint?
    let logger: Logger

    /// Collective. Loads the data, makes the network and the run directory, and writes the resolved configuration. From its
    /// beginning on signals are kept for ``run(showsProgress:profiled:trace:)`` and ``findBounds()``; see `SignalWatch`.
    ///
    /// - Parameters:
    ///   - file: the configuration's path: names the run directory where `output` is nil, and titles the plots.
    ///   - dataRoot: the directory that relative paths of the data start from.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - output: the run directory; nil for a new one under `runs/`.
    ///   - resumes: whether a run that `output` holds goes on where it was.
    ///   - logger: for notes; the caller gives ranks other than the first one that keeps quiet.
    /// - Throws: `AgreedError` of what the data, the configuration or the directory lack; `MPIError`, `DNNLError`.
    public init(
        _ configuration: Configuration, file: String, dataRoot: String?, emulated: Bool = false, output: String?,
        resumes: Bool = false, logger: Logger, over communicator: any Communicator
    ) throws {
        self.logger = logger
        setup = try Setup(configuration, dataRoot: dataRoot, emulated: emulated, over: communicator)
        var understood = [setup.summary]
        try setup.review(show: { understood.append($0) }, warn: { logger.warning("\($0)") })
        if configuration.searchesBounds { try setup.checkClassesForSearch() }
        let lock: DirectoryLock?
        (directory, continues, lock) = try RunDirectory.claim(
            output: output, configuration: file, resuming: resumes ? configuration : nil,
            stepsPerEpoch: setup.replica.batches.stepsPerEpoch, over: communicator)
        title = directory.name
        fingerprint = communicator.rank == 0 ? setup.fingerprint : nil
        unwritten = UnwrittenFiles(logger)
        files = lock.map { [directory, unwritten] in
            RunFiles(directory, lock: $0, unwritten: unwritten, logger: logger)
        }
        try communicator.agree {
            // That of a run that goes on stays until it is known that it can.
            guard !continues else { return }
            try files?.begin(with: directory.configuration) { [directory] () throws(FileError) in
                try directory.write(configuration)
            }
        }
        if !continues { putPrimitives() }
        for line in understood { logger.info("\(line)") }
    }

    /// What computes the passes of each layer.
    private func putPrimitives() {
        let (directory, primitives) = (directory, setup.replica.network.primitives)
        files?.put(directory.primitives) { () throws(FileError) in try directory.write(primitives: primitives) }
    }

    /// Collective. The search for the bounds, where they are left to it; the training; weights and plot. A run that goes on begins
    /// with its newest checkpoint. Signals end it with one, or ask for one.
    ///
    /// - Parameters:
    ///   - showsProgress: on standard output; for one rank.
    ///   - trace: a file for the timeline of all ranks; nil for none.
    ///   - profiled: whether to measure where the time of the steps goes, on all ranks.
    /// - Returns: a line for each cycle, the same on every rank but for the times; and where this rank's time went.
    /// - Throws: `AgreedError` with the exit status 75 where a signal has ended the run.
    @discardableResult
    public func run(
        showsProgress: Bool, profiled: Bool = false, trace: String? = nil
    ) throws -> (cycles: [CycleMetrics], profile: ProfileReport?) {
        try stayingDeafAfterInterruption {
            try runHeedingSignals(showsProgress: showsProgress, profiled: profiled, trace: trace)
        }
    }

    /// The end of this rank's run is that of all, some of which are still to get the signal.
    private func stayingDeafAfterInterruption<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as AgreedError {
            if error.exitStatus == Interruption.status {
                signals.stayDeaf()
            } else {
                // The plot of a range test without bounds shows why there are none.
                plots.finish()
                tellPlots()
            }
            throw error
        }
    }

    private func runHeedingSignals(
        showsProgress: Bool, profiled: Bool, trace: String?
    ) throws -> (cycles: [CycleMetrics], profile: ProfileReport?) {
        let communicator = setup.replica.communicator
        let configuration = setup.configuration
        // One rank looks: file systems show a file to some hosts earlier than to others.
        let isFirst = communicator.rank == 0
        let isComplete = continues && isFirst && directory.holdsModel(of: configuration)
        if try communicator.broadcast(isComplete ? 1 : 0, root: 0) == 1 {
            logger.notice("the run is complete: \(directory.model)")
            let cycles = try communicator.agree { try MetricsLog.read(path: directory.metrics) }
            try makeMissingPlots(of: cycles)
            return (cycles, nil)
        }
        try communicator.agree { if isFirst { try Checkpoint.recover(in: directory.checkpoints) } }
        let checkpoint = continues ? try readCheckpoint() : nil
        let trainer = try makeTrainer(continuing: checkpoint)
        if continues {
            let directory = directory
            files?.put(directory.configuration) { () throws(FileError) in try directory.write(configuration) }
        }
        let profile = profiled ? TrainingProfile() : nil
        setup.replica.profile = profile
        defer { setup.replica.profile = nil }
        let traceFile = try trace.map { try TraceFile($0, over: communicator) }
        let recorder: RunRecorder
        do {
            recorder = try train(trainer, continuing: checkpoint, traceFile?.timeline, showsProgress: showsProgress)
        } catch let error as AgreedError {
            // All ranks have got here. What is told is why the training ended.
            if let note = try? traceFile?.write(putTrace) { logger.notice("\(note)") }
            throw error
        }
        if let note = try traceFile?.write(putTrace) { logger.notice("\(note)") }

        if trainer.hasStopped {
            let reason =
                "the rate is at its minimum and mutual information has not grown by more than its error for "
                + "\(configuration.training.stopCycles) cycles"
            logger.notice("stopped after \(trainer.stepsDone) of \(trainer.totalSteps) steps: \(reason)")
        }

        do {
            if let warning = try SkippedSteps.total(of: trainer) { logger.warning("\(warning)") }
        } catch {
            throw AgreedError(everywhere: error)
        }
        if let guessing = recorder.guessing {
            logger.warning("\(guessing.report(of: "test set", className: setup.data.train.className))")
        }

        // The arenas are at rest: every rank has left the last step.
        try setup.replica.withEvaluatedParameters {
            try communicator.agree {
                guard let files else { return }
                let (path, model) = (directory.model, try TrainedModel(setup))
                files.put(path) { () throws(FileError) in try model.write(to: path) }
            }
        }
        if configuration.output.plot, communicator.rank == 0 {
            let plot = TrainingPlot(title: title, metrics: recorder.cycles)
            plots.draw("", for: directory.plot) { plot.picture() }
        }
        try finishFiles(recorder)
        let report = try profile.map {
            ProfileReport($0, steps: max(trainer.stepsDone, 1), peak: try ProfileReport.peak(over: communicator))
        }
        return (recorder.cycles, report)
    }

    /// Collective. Draws what a run that has ended was to leave and lacks, as where gnuplot was not installed yet.
    private func makeMissingPlots(of cycles: [CycleMetrics]) throws {
        if files != nil, setup.configuration.output.plot {
            let manager = FileManager.default
            if !manager.fileExists(atPath: directory.plot) {
                let plot = TrainingPlot(title: title, metrics: cycles)
                plots.draw("", for: directory.plot) { plot.picture() }
            }
            if manager.fileExists(atPath: directory.rangeTest), !manager.fileExists(atPath: directory.rangeTestPlot) {
                logger.notice("\(directory.rangeTestPlot) is missing; what it shows is in \(directory.rangeTest)")
            }
        }
        try finishFiles(nil)
    }

    /// Collective. A trainer at the beginning, after the search where bounds are left to it, or where the run was.
    private func makeTrainer(continuing checkpoint: Checkpoint?) throws -> Trainer {
        let configuration = setup.configuration
        guard let checkpoint else {
            if continues {
                // The run begins again.
                try setup.replica.communicator.agree {
                    guard setup.replica.communicator.rank == 0 else { return }
                    guard !FileManager.default.fileExists(atPath: directory.model) else {
                        throw FileError(
                            path: directory.checkpoints,
                            problem: "expected a checkpoint of the run that has ended, to go on from, found none; give "
                                + "another directory with --output")
                    }
                }
                putPrimitives()
            }
            return try setup.trainer(
                bounds: configuration.searchesBounds ? report(setup.searchBounds(requests: signals.take)) : nil)
        }
        if let notice = fingerprint?.notice(since: checkpoint.fingerprint) { logger.notice("\(notice)") }
        let trainer = setup.trainer(schedule: checkpoint.trainer.schedule)
        try restore(checkpoint, trainer)
        // Sums may be rounded in another order: a run that goes on does as it did.
        if configuration.reduction.overlap == .auto {
            if let overlaps = checkpoint.overlapsReduction {
                setup.replica.overlapsReduction = overlaps
            } else {
                try setup.settleOverlap()
            }
        }
        return trainer
    }

    /// Collective. The bounds of a range test, which leaves parameters and optimizer state as they are; its losses and
    /// plot go to the run directory.
    ///
    /// - Throws: `AgreedError` of `TrainingError.noBounds` or a `FileError`, or with the exit status 75 where a signal has
    ///   ended it; `MPIError`, `DNNLError`.
    public func findBounds() throws -> RateBounds {
        try stayingDeafAfterInterruption {
            let test = try setup.replica.run(setup.configuration.rangeTest, requests: signals.take)
            let bounds = try report(.rangeTest(test))
            try finishFiles(nil)
            return bounds
        }
    }

    /// Collective. Writes and tells what a search has found.
    private func report(_ search: BoundsSearch) throws -> RateBounds {
        let directory = directory
        switch search {
        case .rangeTest(let test):
            let report = RangeTestReport(test: test)
            let points = report.points
            files?.put(directory.rangeTest) { () throws(FileError) in try directory.write(points) }
            if files != nil, setup.configuration.output.plot {
                let plot = report.plot(title: title)
                plots.draw("range test ", for: directory.rangeTestPlot) { plot.picture() }
            }
        case .trials(let trials):
            files?.put(directory.rateTrials) { () throws(FileError) in try directory.write(trials.trials) }
        }
        let bounds = try search.required()
        logger.notice("\(search)")
        return bounds
    }

    private func putTrace(_ path: String, _ write: @escaping () throws(FileError) -> Void) {
        files?.put(path, write)
    }

    /// Writes and tells of the plots that have been drawn meanwhile.
    func tellPlots() {
        if let files { plots.write(with: files) { logger.notice("\($0)") } }
    }

    /// Collective. Tries for the last time what could not be written.
    ///
    /// - Throws: `AgreedError` of what is missing.
    private func finishFiles(_ recorder: RunRecorder?) throws {
        let communicator = setup.replica.communicator
        plots.finish()
        tellPlots()
        files?.renew()
        // The directory may just have been made again.
        try communicator.barrier()
        recorder?.flush()
        try communicator.agree { try unwritten.check() }
    }
}

extension RunDirectory {
    /// The last part of the path.
    var name: String {
        String(path.split(separator: "/").last ?? Substring(path))
    }
}
