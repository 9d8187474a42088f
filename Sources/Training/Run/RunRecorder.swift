import InformationTheory
import LearningRate

/// Writes what a training shows to the files of its run directory: on rank 0, and on every rank where asked for.
package final class RunRecorder {
    private let metrics: [MetricsLog]
    private let steps: StepsLog?
    private var clock = StopWatch()
    /// Seconds of the run before it was continued.
    private let earlierSeconds: Double
    /// Since the last line.
    private(set) var samples: Int
    private(set) var cycles: [CycleMetrics] = []
    /// Of the last cycle, where the predictions of the test set say nothing of its labels.
    private(set) var guessing: Guessing?

    /// - Parameter checkpoint: what a run continues from: what the files tell of later steps goes.
    init(
        directory: RunDirectory, output: Configuration.Output, rank: Int, continuing checkpoint: Checkpoint? = nil
    ) throws {
        var paths = rank == 0 ? [directory.metrics] : []
        if output.everyRank { paths.append(directory.metrics(ofRank: rank)) }
        let step = checkpoint?.trainer.stepsDone ?? 0
        // All tell the same; one that was not written from the beginning, less.
        let lastLook = checkpoint?.trainer.cycleStart ?? 0
        let kept = try paths.map { try MetricsLog.cut(path: $0, afterStep: lastLook) }
        cycles = kept.first ?? []
        if rank == 0 { try StepsLog.cut(path: directory.steps, afterStep: step) }
        metrics = try paths.map { try MetricsLog(path: $0) }
        steps = output.stepsLog && rank == 0 ? try StepsLog(path: directory.steps) : nil
        earlierSeconds = checkpoint?.seconds ?? 0
        samples = checkpoint?.samples ?? 0
    }

    /// Wall time of the run so far.
    var seconds: Double { earlierSeconds + clock.lap() }

    func record(_ step: StepRecord) throws {
        samples += step.samples
        try steps?.append(step: step.step, epoch: step.epoch, rate: step.rate, loss: step.loss)
    }

    @discardableResult
    func record(_ cycle: CycleRecord) throws -> CycleMetrics {
        let line = CycleMetrics(cycle, seconds: seconds, samples: samples)
        samples = 0
        guessing = cycle.guessing
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

extension CycleMetrics {
    /// - Parameters:
    ///   - seconds: since the first step.
    ///   - samples: of the cycle's steps.
    package init(_ cycle: CycleRecord, seconds: Double, samples: Int) {
        self.init(
            step: cycle.step, epoch: cycle.epoch, seconds: seconds,
            samplesPerSecond: Double(samples) / cycle.trainingSeconds, rate: cycle.rate,
            decision: "\(cycle.decision)", train: PredictionMetrics(cycle.train),
            validation: cycle.validation.map(PredictionMetrics.init), test: cycle.test.map(PredictionMetrics.init),
            layers: LayerCycleMetrics.layers(of: cycle))
    }
}

extension LayerCycleMetrics {
    /// Nil where all layers have the same rate.
    fileprivate static func layers(of cycle: CycleRecord) -> [LayerCycleMetrics]? {
        guard case .perLayer(let rates) = cycle.rates else { return nil }
        return zip(cycle.layerNames, rates).enumerated().map { index, layer in
            var line = LayerCycleMetrics(layer: layer.0, rate: layer.1)
            if !cycle.layers.isEmpty {
                line.mutualInformation = cycle.layers[index].mutualInformation
                line.standardError = cycle.layers[index].standardError
                line.residual = cycle.layers[index].residual
            }
            return line
        }
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
