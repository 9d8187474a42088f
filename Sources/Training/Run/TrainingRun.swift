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
    /// Of one run of the program.
    private static let mostRollBacks = 10
    /// Whether the directory holds a run that is to go on.
    private let continues: Bool
    let logger: Logger

    /// Collective. Loads the data, makes the network and the run directory, and writes the resolved configuration.
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
        var found: RunDirectory?
        try communicator.agree {
            guard resumes, let output, communicator.rank == 0 else { return }
            found = try RunDirectory.continued(at: output, configuration)
        }
        continues = try communicator.broadcast(found == nil ? 0 : 1, root: 0) == 1
        directory =
            continues
            ? RunDirectory(path: output!)
            : try RunDirectory.make(output: output, configuration: file, over: communicator)
        title = directory.name
        try communicator.agree {
            guard communicator.rank == 0 else { return }
            try directory.write(configuration)
            try directory.write(primitives: setup.replica.network.primitives)
        }
    }

    /// Collective. The range test, where bounds are left to it; the training; weights and plot. A run that goes on begins
    /// with its newest checkpoint. Signals end it with one, or ask for one; see `SignalWatch`.
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
        let signals = SignalWatch()
        do {
            return try run(signals, showsProgress: showsProgress, profiled: profiled, trace: trace)
        } catch let error as AgreedError where error.exitStatus == Interruption.status {
            signals.stayDeaf()
            throw error
        }
    }

    private func run(
        _ signals: SignalWatch, showsProgress: Bool, profiled: Bool, trace: String?
    ) throws -> (cycles: [CycleMetrics], profile: ProfileReport?) {
        let communicator = setup.replica.communicator
        let configuration = setup.configuration
        // One rank looks: file systems show a file to some hosts earlier than to others.
        let isFirst = communicator.rank == 0
        let isComplete = continues && isFirst && FileManager.default.fileExists(atPath: directory.model)
        if try communicator.broadcast(isComplete ? 1 : 0, root: 0) == 1 {
            logger.notice("the run is complete: \(directory.model)")
            return (try communicator.agree { try MetricsLog.read(path: directory.metrics) }, nil)
        }
        let checkpoint = continues ? try readCheckpoint() : nil
        let trainer: Trainer
        if let checkpoint {
            trainer = setup.trainer(schedule: checkpoint.trainer.schedule)
            try restore(checkpoint, trainer)
        } else {
            trainer = setup.trainer(
                bounds: configuration.needsRangeTest ? try findBounds(requests: signals.take) : nil)
        }
        if configuration.reduction.overlap == .auto {
            // Sums may be rounded in another order: a run that goes on does as it did.
            if let checkpoint {
                setup.replica.overlapsReduction = checkpoint.overlapsReduction
            } else {
                try setup.replica.chooseOverlap()
            }
        }
        let traceFile = try trace.map { try TraceFile($0, over: communicator) }
        setup.replica.timeline = traceFile?.timeline
        defer { setup.replica.timeline = nil }
        let writer =
            isFirst
            ? CheckpointWriter(
                directory: directory.checkpoints, kept: configuration.checkpoint.keep, timeline: traceFile?.timeline)
            : nil
        let profile = profiled ? TrainingProfile() : nil
        setup.replica.profile = profile
        defer { setup.replica.profile = nil }
        var recorder = try makeRecorder(continuing: checkpoint)
        if configuration.training.nonFinite == .rollBack, checkpoint == nil {
            // What to go back to before there is another one.
            try takeCheckpoint(of: trainer, recorder, writer)
        }
        var rollBacks = 0
        while true {
            do {
                try train(trainer, recorder, writer, signals, showsProgress: showsProgress)
                break
            } catch {
                // The steps that led to the failure are what the user will look at; a second failure says no more.
                try? recorder.flush()
                guard let failure = trainer.failure else { throw error }
                guard configuration.training.nonFinite == .rollBack, rollBacks < Self.mostRollBacks else {
                    try leaveEvidence(of: failure, trainer)
                    throw error
                }
                rollBacks += 1
                recorder = try rollBack(trainer, writer, after: failure)
            }
        }
        writer?.finish()
        if let note = try traceFile?.write() { logger.notice("\(note)") }
        if trainer.isInterrupted {
            try recorder.flush()
            try endInterrupted(trainer, writer)
        }
        writer?.finish()
        if let writer { reportFailure(of: writer) }

        if trainer.hasStopped {
            let reason =
                "the rate is at its minimum and mutual information has not grown by more than its error for "
                + "\(configuration.training.stopCycles) cycles"
            logger.notice("stopped after \(trainer.stepsDone) of \(trainer.totalSteps) steps: \(reason)")
        }

        // The arenas are at rest: every rank has left the last step.
        try communicator.agree {
            if communicator.rank == 0 { try TrainedModel(setup).write(to: directory.model) }
        }
        if configuration.output.plot, communicator.rank == 0 {
            logger.notice("\(TrainingPlot(title: title, metrics: recorder.cycles).draw(to: directory.plot).message)")
        }
        let report = try profile.map {
            ProfileReport($0, steps: max(trainer.stepsDone, 1), peak: try ProfileReport.peak(over: communicator))
        }
        return (recorder.cycles, report)
    }

    /// Collective. The loop, with what is written and shown meanwhile.
    private func train(
        _ trainer: Trainer, _ recorder: RunRecorder, _ writer: CheckpointWriter?, _ signals: SignalWatch,
        showsProgress: Bool
    ) throws {
        let settings = setup.configuration.checkpoint
        var policy = CheckpointPolicy(settings)
        var best = try setup.replica.communicator.broadcast(
            recorder.cycles.compactMap(\.selectionAccuracy).max() ?? -1, root: 0)
        let progress = showsProgress ? ProgressReporter(trainer) : nil
        defer { progress?.finish() }
        try trainer.train(
            requests: { step, endsCycle in
                var requests = signals.take()
                if let writer, policy.asks(afterStep: step, endsCycle: endsCycle, isBusy: writer.isBusy) {
                    requests.insert(.checkpoint)
                }
                return requests
            },
            onRequest: { _ in try takeCheckpoint(of: trainer, recorder, writer) },
            onStep: { step in
                try recorder.record(step)
                progress?.advance(samples: step.samples, loss: step.loss)
            },
            onCycle: { cycle in
                // Not as an argument of the optional call, which is evaluated only where progress is shown.
                let line = try recorder.record(cycle)
                progress?.finishCycle(line)
                // The same on every rank.
                guard settings.best, let accuracy = line.selectionAccuracy, accuracy > best else { return }
                best = accuracy
                try takeCheckpoint(of: trainer, recorder, writer, isBest: true)
            })
    }

    /// Collective. The bounds of a range test, which leaves parameters and optimizer state as they are; its losses and
    /// plot go to the run directory.
    ///
    /// - Parameter requests: what this rank asks for after the next step.
    /// - Throws: `AgreedError` of `TrainingError.noBounds` or a `FileError`, or with the exit status 75 where a rank asked
    ///   for an interruption; `MPIError`, `DNNLError`.
    public func findBounds(requests: () -> StepRequests = { [] }) throws -> RateBounds {
        let test = try RangeTestRun(setup, directory: directory, title: title, requests: requests)
        if let plot = test.plot { logger.notice("range test \(plot.message)") }
        let bounds = try test.outcome.required()
        logger.notice("range test: \(test.outcome)")
        return bounds
    }
}

extension ProgressReporter {
    fileprivate convenience init(_ trainer: Trainer) {
        let batches = trainer.replica.batches
        func samples(_ steps: Int) -> Int {
            let (epochs, rest) = steps.quotientAndRemainder(dividingBy: batches.stepsPerEpoch)
            return epochs * batches.sampleCount + min(rest * batches.globalBatch, batches.sampleCount)
        }
        self.init(
            totalSamples: samples(trainer.totalSteps), samplesPerEpoch: batches.sampleCount,
            samplesBefore: samples(trainer.stepsDone))
    }
}

extension RunDirectory {
    /// Collective. Rank 0 makes the directory; all ranks have its path.
    static func make(
        output: String?, configuration: String, over communicator: any Communicator
    ) throws -> RunDirectory {
        var path: [UInt8] = []
        try communicator.agree {
            guard communicator.rank == 0 else { return }
            let made =
                if let output { try create(at: output) } else { try create(forConfiguration: configuration) }
            path = Array(made.path.utf8)
        }
        let length = try communicator.broadcast(path.count, root: 0)
        if communicator.rank != 0 { path = [UInt8](repeating: 0, count: length) }
        try communicator.broadcast(&path, root: 0)
        return RunDirectory(path: String(decoding: path, as: UTF8.self))
    }

    /// The last part of the path.
    var name: String {
        String(path.split(separator: "/").last ?? Substring(path))
    }
}
