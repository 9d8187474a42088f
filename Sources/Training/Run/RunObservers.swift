/// The observers of a run's training, in the order in which they are told.
struct RunObservers {
    let all: [any TrainingObserver]
    let metrics: MetricsObserver
    let checkpoints: CheckpointObserver
    /// On rank 0, where plots are asked for.
    let plots: PlotObserver?
    private let steps: StepsObserver

    /// Collective.
    ///
    /// - Parameters:
    ///   - showsProgress: on this rank.
    ///   - trace: a file for the timeline of all ranks; nil for none.
    ///   - others: are told after those of the run.
    init(
        _ run: TrainingRun, showsProgress: Bool, trace: String?, others: [any TrainingObserver] = []
    ) throws {
        let (setup, directory, files, logger) = (run.setup, run.directory, run.files, run.logger)
        let (configuration, rank) = (setup.configuration, setup.replica.communicator.rank)
        let writing = RunWriting(unwritten: run.unwritten, files: files)
        let timeline = try trace.map { try TraceObserver($0, setup.replica, files: files, logger: logger) }
        metrics = MetricsObserver(directory: directory, output: configuration.output, rank: rank, writing: writing)
        steps = StepsObserver(directory: directory, output: configuration.output, rank: rank, writing: writing)
        plots =
            configuration.output.plot
            ? files.map { [metrics] in
                PlotObserver(title: run.title, metrics: metrics, directory: directory, files: $0, logger: logger)
            } : nil
        checkpoints = CheckpointObserver(
            configuration.checkpoint, metrics: metrics, directory: directory, files: files,
            fingerprint: run.fingerprint, timeline: timeline?.file.timeline, logger: logger)
        let everywhere: [any TrainingObserver] = [
            SearchObserver(directory: directory, files: files, logger: logger), metrics, steps,
        ]
        let board =
            configuration.output.tensorboard && rank == 0
            ? TensorBoardObserver(setup, title: run.title, directory: directory, metrics: metrics, writing: writing)
            : nil
        let shown: [(any TrainingObserver)?] = [showsProgress ? ProgressObserver(configuration) : nil, plots, board]
        all =
            [run.signals] + everywhere + shown.compactMap(\.self) + [
                checkpoints, EvidenceObserver(directory: directory, files: files, logger: logger),
            ] + (timeline.map { [$0] } ?? []) + [WarningObserver { logger.warning("\($0)") }] + others
    }

    /// Writes what is held back.
    func flush() {
        metrics.flush()
        steps.flush()
    }
}
