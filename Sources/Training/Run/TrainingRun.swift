import DataParallel
import LearningRate
import Logging
import MPI

/// `entrain train`: an experiment from its configuration to weights, metrics and plot in a run directory.
public struct TrainingRun {
    public let setup: Setup
    public let directory: RunDirectory
    private let title: String
    private let logger: Logger

    /// Collective. Loads the data, makes the network and the run directory, and writes the resolved configuration.
    ///
    /// - Parameters:
    ///   - file: the configuration's path: names the run directory where `output` is nil, and titles the plots.
    ///   - dataRoot: the directory that relative paths of the data start from.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - output: the run directory; nil for a new one under `runs/`.
    ///   - logger: for notes; the caller gives ranks other than the first one that keeps quiet.
    /// - Throws: `AgreedError` of what the data, the configuration or the directory lack; `MPIError`, `DNNLError`.
    public init(
        _ configuration: Configuration, file: String, dataRoot: String?, emulated: Bool = false, output: String?,
        logger: Logger, over communicator: any Communicator
    ) throws {
        self.logger = logger
        setup = try Setup(configuration, dataRoot: dataRoot, emulated: emulated, over: communicator)
        directory = try RunDirectory.make(output: output, configuration: file, over: communicator)
        title = directory.name
        try communicator.agree {
            guard communicator.rank == 0 else { return }
            try directory.write(configuration)
            try directory.write(primitives: setup.replica.network.primitives)
        }
    }

    /// Collective. The range test, where bounds are left to it; the training; weights and plot.
    ///
    /// - Parameters:
    ///   - showsProgress: on standard output; for one rank.
    ///   - profiled: whether to measure where the time of the steps goes, on all ranks.
    /// - Returns: a line for each cycle, the same on every rank but for the times; and where this rank's time went.
    @discardableResult
    public func run(
        showsProgress: Bool, profiled: Bool = false
    ) throws -> (cycles: [CycleMetrics], profile: ProfileReport?) {
        let communicator = setup.replica.communicator
        let configuration = setup.configuration
        let bounds = configuration.needsRangeTest ? try findBounds() : nil
        let trainer = setup.trainer(bounds: bounds)
        let recorder = try communicator.agree {
            try RunRecorder(directory: directory, output: configuration.output, rank: communicator.rank)
        }
        let progress = showsProgress ? ProgressReporter(trainer) : nil
        let profile = profiled ? TrainingProfile() : nil
        setup.replica.profile = profile
        defer { setup.replica.profile = nil }
        do {
            defer { progress?.finish() }
            try trainer.train(
                onStep: { step in
                    try recorder.record(step)
                    progress?.advance(samples: step.samples, loss: step.loss)
                },
                onCycle: { cycle in
                    // Not as an argument of the optional call, which is evaluated only where progress is shown.
                    let line = try recorder.record(cycle)
                    progress?.finishCycle(line)
                })
        } catch {
            // The steps that led to the failure are what the user will look at; a second failure says no more.
            try? recorder.flush()
            throw error
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

    /// Collective. The bounds of a range test, which leaves parameters and optimizer state as they are; its losses and
    /// plot go to the run directory.
    ///
    /// - Throws: `AgreedError` of `TrainingError.noBounds` or a `FileError`; `MPIError`, `DNNLError`.
    public func findBounds() throws -> RateBounds {
        let test = try RangeTestRun(setup, directory: directory, title: title)
        if let plot = test.plot { logger.notice("range test \(plot.message)") }
        let bounds = try test.outcome.required()
        logger.notice("range test: \(test.outcome)")
        return bounds
    }
}

extension ProgressReporter {
    fileprivate convenience init(_ trainer: Trainer) {
        let batches = trainer.replica.batches
        let (epochs, steps) = trainer.totalSteps.quotientAndRemainder(dividingBy: batches.stepsPerEpoch)
        self.init(
            totalSamples: epochs * batches.sampleCount + min(steps * batches.globalBatch, batches.sampleCount),
            samplesPerEpoch: batches.sampleCount)
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
