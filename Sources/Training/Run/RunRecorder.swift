import LearningRate

/// Writes what a training shows to the files of its run directory: on rank 0, and on every rank where asked for.
final class RunRecorder {
    private let metrics: [MetricsLog]
    private let steps: StepsLog?
    private var clock = StopWatch()
    private var samples = 0
    private(set) var cycles: [CycleMetrics] = []

    init(directory: RunDirectory, output: Configuration.Output, rank: Int) throws {
        var paths = rank == 0 ? [directory.metrics] : []
        if output.everyRank { paths.append(directory.metrics(ofRank: rank)) }
        metrics = try paths.map { try MetricsLog(path: $0) }
        steps = output.stepsLog && rank == 0 ? try StepsLog(path: directory.steps) : nil
    }

    func record(_ step: StepRecord) throws {
        samples += step.samples
        try steps?.append(step: step.step, epoch: step.epoch, rate: step.rate, loss: step.loss)
    }

    @discardableResult
    func record(_ cycle: CycleRecord) throws -> CycleMetrics {
        let line = CycleMetrics(
            step: cycle.step, epoch: cycle.epoch, seconds: clock.lap(),
            samplesPerSecond: Double(samples) / cycle.trainingSeconds, rate: cycle.rate,
            decision: "\(cycle.decision)", train: PredictionMetrics(cycle.train),
            validation: cycle.validation.map(PredictionMetrics.init), test: cycle.test.map(PredictionMetrics.init))
        samples = 0
        cycles.append(line)
        for log in metrics { try log.append(line) }
        try flush()
        return line
    }

    /// Writes what is held back.
    func flush() throws {
        try steps?.flush()
    }
}

extension PredictionMetrics {
    init(_ metrics: GlobalMetrics) {
        self.init(
            loss: metrics.loss, accuracy: metrics.accuracy, labelEntropy: metrics.labelEntropy,
            mutualInformation: metrics.mutualInformation, standardError: metrics.standardError,
            residual: metrics.residual)
    }
}
