import DataParallel
import Foundation
import LearningRate
import Logging
import MPI
import Training

/// `entrain train`: an experiment from its configuration to weights, metrics and plot in a run directory.
public struct TrainingRun {
    public let experiment: Experiment
    public let directory: RunDirectory
    let title: String
    /// Whether the directory holds a run that is to go on.
    private let continues: Bool
    /// What this rank could not write so far.
    let unwritten: UnwrittenFiles
    /// The run's files, on rank 0.
    let files: RunFiles?
    /// From before the data are loaded, which may take long.
    let signals = SignalWatch()
    /// The run's fingerprint, on rank 0.
    let fingerprint: Fingerprint?
    let logger: Logger

    /// Collective. Loads the data, makes the network and the run directory, and writes the resolved configuration. From its
    /// beginning on signals are kept for ``run(showsProgress:profiled:trace:observedBy:)`` and ``findBounds()``; see `SignalWatch`.
    ///
    /// - Parameters:
    ///   - file: the configuration's path: names the run directory where `output` is nil, and titles the plots.
    ///   - dataRoot: the directory that relative paths of the data start from.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - output: the run directory; nil for a new one under `runs/`.
    ///   - resumes: whether a run that `output` holds goes on where it was.
    ///   - logger: for notes; the caller gives ranks other than the first one that keeps quiet.
    /// - Throws: `AgreedError` of what the data, the configuration or the directory lack; `MPIError`, an error of oneDNN.
    public init(
        _ configuration: Configuration, file: String, dataRoot: String?, emulated: Bool = false, output: String?,
        resumes: Bool = false, logger: Logger, over communicator: any Communicator
    ) throws {
        self.logger = logger
        experiment = try Experiment(configuration, dataRoot: dataRoot, emulated: emulated, over: communicator)
        var understood = [experiment.summary]
        try experiment.review(show: { understood.append($0) }, warn: { logger.warning("\($0)") })
        if configuration.searchesBounds { try experiment.checkClassesForSearch() }
        let lock: DirectoryLock?
        (directory, continues, lock) = try RunDirectory.claim(
            output: output, configuration: file, resuming: resumes ? configuration : nil,
            stepsPerEpoch: experiment.replica.batches.stepsPerEpoch, over: communicator)
        title = directory.name
        fingerprint = communicator.rank == 0 ? experiment.fingerprint : nil
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
    func putPrimitives() {
        let (directory, primitives) = (directory, experiment.replica.network.primitives)
        files?.put(directory.primitives) { () throws(FileError) in try directory.write(primitives: primitives) }
    }

    /// Collective. The search for the bounds, where they are left to it; the training; weights and plot. A run that goes on begins
    /// with its newest checkpoint. Signals end it with one, or ask for one.
    ///
    /// - Parameters:
    ///   - showsProgress: on standard output; for one rank.
    ///   - trace: a file for the timeline of all ranks; nil for none.
    ///   - profiled: whether to measure where the time of the steps goes, on all ranks.
    ///   - observers: are told after those of the run; all ranks give the same ones, but for such that speak to no other rank.
    /// - Returns: a line for each cycle, the same on every rank but for the times; and where this rank's time went.
    /// - Throws: `AgreedError` with the exit status 75 where a signal has ended the run.
    @discardableResult
    public func run(
        showsProgress: Bool, profiled: Bool = false, trace: String? = nil,
        observedBy others: [any TrainingObserver] = []
    ) throws -> (cycles: [CycleMetrics], profile: ProfileReport?) {
        let communicator = experiment.replica.communicator
        // One rank looks: file systems show a file to some hosts earlier than to others.
        let isComplete = continues && communicator.rank == 0 && directory.holdsModel(of: experiment.configuration)
        if try communicator.broadcast(isComplete ? 1 : 0, root: 0) == 1 { return (try complete(), nil) }

        let profile = profiled ? TrainingProfile() : nil
        experiment.replica.profile = profile
        defer { experiment.replica.profile = nil }
        let observers = try RunObservers(self, showsProgress: showsProgress, trace: trace, others: others)
        let trainer = try stayingDeafAfterInterruption(observers) {
            let trainer = try makeTrainer(observedBy: observers.all)
            try trainer.train(observedBy: observers.all)
            if trainer.isInterrupted { try endInterrupted(trainer, observers.checkpoints) }
            return trainer
        }
        tellEnd(of: trainer, observers.metrics)
        // The arenas are at rest: every rank has left the last step.
        try experiment.replica.withEvaluatedParameters {
            try communicator.agree {
                guard let files else { return }
                let (path, model) = (directory.model, try TrainedModel(experiment))
                files.put(path) { () throws(FileError) in try model.write(to: path) }
            }
        }
        try finishFiles(observers)
        let report = try profile.map {
            ProfileReport($0, steps: max(trainer.stepsDone, 1), peak: try ProfileReport.peak(over: communicator))
        }
        return (observers.metrics.cycles, report)
    }

    /// The end of this rank's run is that of all, some of which are still to get the signal.
    private func stayingDeafAfterInterruption<Result>(
        _ observers: RunObservers, _ body: () throws -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch let error as AgreedError {
            if error.exitStatus == Interruption.status {
                signals.stayDeaf()
            } else {
                // The plot of a range test without bounds shows why there are none.
                observers.plots?.finish()
            }
            throw error
        }
    }

    /// Collective. A run that has ended: what it was to leave and lacks is made.
    private func complete() throws -> [CycleMetrics] {
        logger.notice("the run is complete: \(directory.model)")
        let cycles = try experiment.replica.communicator.agree { try MetricsLog.read(path: directory.metrics) }
        let observers = try RunObservers(self, showsProgress: false, trace: nil)
        observers.plots?.drawMissing(cycles)
        observers.table?.renew(cycles)
        try finishFiles(observers)
        return cycles
    }

    private func tellEnd(of trainer: Trainer, _ metrics: MetricsObserver) {
        if let reason = trainer.reasonOfStop {
            logger.notice("stopped after \(trainer.stepsDone) of \(trainer.totalSteps) steps: \(reason)")
        }
        if let best = trainer.best {
            let name = best.metric.rawValue
            if let value = best.value {
                let cycle = "the best cycle by \(name) (\(NumberText.significant(value, digits: 5)))"
                logger.notice("\(directory.model): the weights after step \(best.step), of \(cycle)")
            } else {
                logger.warning("\(name) was not finite in any cycle: the last weights are kept")
            }
        }
        if let guessing = metrics.guessing {
            logger.warning("\(guessing.report(of: "test set", like: experiment.data.train))")
        }
    }

    /// Collective. A trainer at the beginning, after the search where bounds are left to it, or where the run was.
    private func makeTrainer(observedBy observers: [any TrainingObserver]) throws -> Trainer {
        let communicator = experiment.replica.communicator
        try communicator.agree { if communicator.rank == 0 { try Checkpoint.recover(in: directory.checkpoints) } }
        guard continues else { return try experiment.trainer(observedBy: observers) }
        let checkpoint = try readCheckpoint()
        let trainer: Trainer
        if let checkpoint {
            trainer = try self.trainer(continuing: checkpoint)
        } else {
            try beginAgain()
            trainer = try experiment.trainer(observedBy: observers)
        }
        let (run, configuration) = (directory, experiment.configuration)
        files?.put(run.configuration) { () throws(FileError) in try run.write(configuration) }
        return trainer
    }

    /// Collective. The bounds of a range test, which leaves parameters and optimizer state as they are; its losses and
    /// plot go to the run directory.
    ///
    /// - Throws: `AgreedError` of `TrainingError.noBounds` or a `FileError`, or with the exit status 75 where a signal has
    ///   ended it; `MPIError`, an error of oneDNN.
    public func findBounds() throws -> RateBounds {
        let observers = try RunObservers(self, showsProgress: false, trace: nil)
        let bounds = try stayingDeafAfterInterruption(observers) {
            try experiment.testRange(observedBy: observers.all).required()
        }
        try finishFiles(observers)
        return bounds
    }

    /// Collective. Tries for the last time what could not be written.
    ///
    /// - Throws: `AgreedError` of what is missing.
    private func finishFiles(_ observers: RunObservers) throws {
        let communicator = experiment.replica.communicator
        observers.plots?.finish()
        files?.renew()
        // The directory may just have been made again.
        try communicator.barrier()
        observers.flush()
        try communicator.agree { try unwritten.check() }
    }
}

extension RunDirectory {
    /// The last part of the path.
    var name: String {
        String(path.split(separator: "/").last ?? Substring(path))
    }
}
