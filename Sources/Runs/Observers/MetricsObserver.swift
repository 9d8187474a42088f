import DataParallel
import Foundation
import InformationTheory
import LearningRate
import Training

/// Writes `metrics.jsonl`: on rank 0, and on every rank where asked for. Lines that cannot be written end nothing: they are written
/// later. All ranks have one.
package final class MetricsObserver: TrainingObserver {
    private let logs: [(path: String, log: MetricsLog)]
    private let output: RunOutput
    private var hasBegun = false
    package private(set) var cycles: [CycleMetrics] = []
    /// Labels of the test set against predictions, of the last cycle.
    private var testConfusion: ConfusionMatrix?

    init(_ settings: Configuration.Output, rank: Int, output: RunOutput) {
        var paths = rank == 0 ? [output.directory.metrics] : []
        if settings.everyRank { paths.append(output.directory.metrics(ofRank: rank)) }
        logs = paths.map { ($0, MetricsLog(path: $0)) }
        self.output = output
    }

    /// Non-nil where the predictions of the test set in the last cycle say nothing of its labels.
    var guessing: Guessing? { testConfusion?.guessing }

    /// Takes out the lines of later cycles.
    package func begin(_ trainer: Trainer) throws {
        hasBegun = true
        try trainer.replica.communicator.agree {
            try cut(afterStep: trainer.cycleStart)
            // All tell the same; one that was not written from the beginning, less.
            if let path = logs.first?.path, FileManager.default.fileExists(atPath: path) {
                cycles = try MetricsLog.read(path: path)
            }
        }
        flush()
    }

    package func cycle(_ cycle: CycleRecord, of trainer: Trainer) {
        testConfusion = cycle.testConfusion
        cycles.append(cycle.metrics)
        for (_, log) in logs { log.add(cycle.metrics) }
        output.files?.renew()
        flush()
    }

    /// Writes the lines of all cycles before: a training that goes on from there finds them.
    package func checkpoint(_ requests: StepRequests, of trainer: Trainer) {
        output.files?.renew()
        flush()
    }

    package func rollBack(_ record: RollBackRecord, of trainer: Trainer) throws {
        flush()
        try trainer.replica.communicator.agree { try cut(afterStep: record.lastCycleEnd) }
        cycles.removeAll { $0.step > record.lastCycleEnd }
    }

    package func failure(of trainer: Trainer) { flush() }
    package func end(_ trainer: Trainer) { flush() }

    private func cut(afterStep step: Int) throws {
        for (_, log) in logs { try log.cut(afterStep: step) }
    }

    /// Writes what is held back.
    func flush() {
        guard hasBegun else { return }
        for (path, log) in logs { output.attempt(path) { () throws(FileError) in try log.flush() } }
    }
}
