import Training

/// The observers of a run's training, in the order in which they are told.
struct RunObservers {
    let all: [any TrainingObserver]
    let metrics: MetricsObserver
    let checkpoints: CheckpointObserver
    /// On rank 0, where plots are asked for.
    let plots: PlotObserver?
    private let steps: StepsObserver
    /// On rank 0, where it is asked for.
    let table: MetricsTableObserver?

    /// Collective.
    ///
    /// - Parameters:
    ///   - showsProgress: on this rank.
    ///   - trace: a file for the timeline of all ranks; nil for none.
    ///   - others: are told after those of the run.
    init(
        _ run: TrainingRun, showsProgress: Bool, trace: String?, others: [any TrainingObserver] = []
    ) throws {
        let (experiment, configuration) = (run.experiment, run.experiment.configuration)
        let rank = experiment.replica.communicator.rank
        let output = RunOutput(
            directory: run.directory, unwritten: run.unwritten, files: run.files, logger: run.logger)
        let trace = try trace.map { try TraceObserver($0, experiment.replica, output) }
        let metrics = MetricsObserver(configuration.output, rank: rank, output: output)
        self.metrics = metrics
        steps = StepsObserver(configuration.output, rank: rank, output: output)
        table = configuration.output.csv && rank == 0 ? MetricsTableObserver(metrics, output) : nil
        plots =
            configuration.output.plot
            ? run.files.map {
                PlotObserver(
                    title: run.title, isInNats: configuration.regression == nil, metrics: metrics, files: $0, output)
            } : nil
        checkpoints = CheckpointObserver(
            configuration.checkpoint, metrics: metrics, fingerprint: run.fingerprint, timeline: trace?.file.timeline,
            output)
        let board =
            configuration.output.tensorboard && rank == 0
            ? TensorBoardObserver(experiment, title: run.title, metrics: metrics, output) : nil
        let progress = showsProgress ? ProgressObserver(configuration) : nil
        let own: [(any TrainingObserver)?] = [
            run.signals, SearchObserver(output), metrics, table, steps, progress, plots, board, checkpoints,
            EvidenceObserver(output), trace, WarningObserver { output.logger.warning("\($0)") },
        ]
        all = own.compactMap(\.self) + others
    }

    /// Writes what is held back.
    func flush() {
        metrics.flush()
        steps.flush()
        table?.flush()
    }
}
