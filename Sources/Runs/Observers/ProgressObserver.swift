import Training

/// Shows on one rank how a training gets on.
final class ProgressObserver: TrainingObserver {
    private let configuration: Configuration
    private var reporter: ProgressReporter?

    init(_ configuration: Configuration) {
        self.configuration = configuration
    }

    func begin(_ trainer: Trainer) {
        let batches = trainer.replica.batches
        func samples(_ steps: Int) -> Int {
            let (epochs, rest) = steps.quotientAndRemainder(dividingBy: batches.stepsPerEpoch)
            return epochs * batches.sampleCount + min(rest * batches.globalBatch, batches.sampleCount)
        }
        reporter = ProgressReporter(
            totalSamples: samples(trainer.totalSteps), samplesPerEpoch: batches.sampleCount,
            source: configuration.learningRate.schedule.source ?? .train,
            hasValidation: trainer.validation != nil, samplesBefore: samples(trainer.stepsDone))
    }

    func step(_ step: StepRecord, of trainer: Trainer) {
        reporter?.advance(samples: step.samples, loss: step.loss)
    }

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) { reporter?.finishCycle(cycle.metrics) }

    func rollBack(_ record: RollBackRecord, of trainer: Trainer) {
        reporter?.finish()
        begin(trainer)
    }

    func failure(of trainer: Trainer) { reporter?.finish() }
    func end(_ trainer: Trainer) { reporter?.finish() }
}
