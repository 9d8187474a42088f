import LearningRate
import Training

/// Keeps the results of a training for a comparison.
final class TrialObserver: TrainingObserver {
    /// Their seconds are those of the training steps and of measuring layers so far, without evaluations.
    private(set) var cycles: [CycleMetrics] = []
    /// Duration of the search for the rate; 0 where there was none.
    private(set) var searchSeconds = 0.0
    /// The highest rate that the schedule has before it has seen anything; nil where no bounds were found.
    private(set) var highestRate: Double?
    /// Failure that ended the training before its time.
    private(set) var failure: TrainingError?
    private let start = ContinuousClock.now

    func search(_ search: BoundsSearch) {
        searchSeconds = (ContinuousClock.now - start) / .seconds(1)
        if case .failure(let reason) = search.result { failure = reason }
    }

    func begin(_ trainer: Trainer) {
        highestRate = (0..<trainer.totalSteps).lazy.map { trainer.schedule.rate(at: $0) }.max()
    }

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) {
        var line = cycle.metrics
        line.seconds = (cycles.last?.seconds ?? 0) + cycle.trainingSeconds
        cycles.append(line)
    }

    func rollBack(_ record: RollBackRecord, of trainer: Trainer) {
        cycles.removeAll { $0.step > record.lastCycleEnd }
    }

    func failure(of trainer: Trainer) { failure = trainer.failure }
}
