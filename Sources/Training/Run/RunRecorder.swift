import Foundation
import InformationTheory
import LearningRate

/// Writes what a training shows to the files of its run directory: on rank 0, and on every rank where asked for. Rows that cannot be
/// written end nothing: they are written later.
package final class RunRecorder {
    private let metrics: [(path: String, log: MetricsLog)]
    private let steps: (path: String, log: StepsLog)?
    private let unwritten: UnwrittenFiles
    /// Of rank 0.
    private let files: RunFiles?
    private var clock = StopWatch()
    /// Seconds of the run before it was continued.
    private var earlierSeconds = 0.0
    /// Since the last line.
    private(set) var samples = 0
    private(set) var cycles: [CycleMetrics] = []
    /// Labels of the test set against predictions, of the last cycle.
    private var testConfusion: ConfusionMatrix?

    /// - Parameter checkpoint: what a run continues from: what the files tell of later steps goes.
    init(
        directory: RunDirectory, output: Configuration.Output, rank: Int, continuing checkpoint: Checkpoint? = nil,
        unwritten: UnwrittenFiles, files: RunFiles?
    ) throws {
        var paths = rank == 0 ? [directory.metrics] : []
        if output.everyRank { paths.append(directory.metrics(ofRank: rank)) }
        metrics = paths.map { ($0, MetricsLog(path: $0)) }
        // One of an earlier part of the run is cut also where no more rows come.
        let steps = rank == 0 ? StepsLog(path: directory.steps) : nil
        self.steps = output.stepsLog ? steps.map { (directory.steps, $0) } : nil
        self.unwritten = unwritten
        self.files = files
        let step = checkpoint?.trainer.stepsDone ?? 0
        for (_, log) in metrics { try log.cut(afterStep: checkpoint?.trainer.cycleStart ?? 0) }
        try steps?.cut(afterStep: step)
        // All tell the same; one that was not written from the beginning, less.
        if let path = paths.first, FileManager.default.fileExists(atPath: path) {
            cycles = try MetricsLog.read(path: path)
        }
        begin(at: checkpoint.map { Position(seconds: $0.seconds, samples: $0.samples) })
        flush()
    }

    private func begin(at position: Position?) {
        earlierSeconds = position?.seconds ?? 0
        samples = position?.samples ?? 0
        clock.restart()
    }

    /// Goes back to a checkpoint: what was recorded of later steps goes.
    func rollBack(to checkpoint: Checkpoint) throws {
        try rollBack(
            to: Position(seconds: checkpoint.seconds, samples: checkpoint.samples),
            step: checkpoint.trainer.stepsDone, lastLook: checkpoint.trainer.cycleStart)
    }

    /// Where a run is between two steps.
    struct Position {
        /// Wall time so far.
        let seconds: Double
        /// Since the last line.
        let samples: Int
    }

    var position: Position { Position(seconds: seconds, samples: samples) }

    /// Goes back to a position: what was recorded of steps after `step`, and of cycles that ended after `lastLook`, goes.
    func rollBack(to position: Position, step: Int, lastLook: Int) throws {
        for (_, log) in metrics { try log.cut(afterStep: lastLook) }
        try steps?.log.cut(afterStep: step)
        cycles.removeAll { $0.step > lastLook }
        begin(at: position)
    }

    /// Non-nil where the predictions of the test set in the last cycle say nothing of its labels.
    var guessing: Guessing? { testConfusion?.guessing }

    /// Wall time of the run so far.
    var seconds: Double { earlierSeconds + clock.lap() }

    func record(_ step: StepRecord) {
        samples += step.samples
        guard let steps else { return }
        if steps.log.add(step: step.step, epoch: step.epoch, rate: step.rate, loss: step.loss) { flushSteps() }
    }

    @discardableResult
    func record(_ cycle: CycleRecord) -> CycleMetrics {
        let line = CycleMetrics(cycle, seconds: seconds, samples: samples)
        samples = 0
        testConfusion = cycle.testConfusion
        cycles.append(line)
        for (_, log) in metrics { log.add(line) }
        files?.renew()
        flush()
        return line
    }

    /// Writes what is held back.
    func flush() {
        guard ownsDirectory else { return }
        for (path, log) in metrics { unwritten.attempt(path) { () throws(FileError) in try log.flush() } }
        flushSteps()
    }

    private func flushSteps() {
        guard let steps, ownsDirectory else { return }
        unwritten.attempt(steps.path) { () throws(FileError) in try steps.log.flush() }
    }

    /// Nothing is written into a directory that another run has taken since.
    private var ownsDirectory: Bool { files?.isOwn ?? true }
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
