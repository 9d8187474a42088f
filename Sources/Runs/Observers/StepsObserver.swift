import DataParallel
import Training

/// Writes `steps.csv` on rank 0, where it is asked for. All ranks have one.
final class StepsObserver: TrainingObserver {
    /// On rank 0. A file of an earlier part of the run is cut also where no more rows come.
    private let log: StepsLog?
    private let path: String
    private let isWritten: Bool
    private let output: RunOutput
    private var hasBegun = false

    init(_ settings: Configuration.Output, rank: Int, output: RunOutput) {
        path = output.directory.steps
        log = rank == 0 ? StepsLog(path: path) : nil
        isWritten = settings.stepsLog
        self.output = output
    }

    /// Takes out the rows of later steps.
    func begin(_ trainer: Trainer) throws {
        hasBegun = true
        try cut(afterStep: trainer.stepsDone, trainer)
        flush()
    }

    func step(_ step: StepRecord, of trainer: Trainer) {
        guard isWritten, let log else { return }
        if log.add(step: step.step, epoch: step.epoch, rate: step.rate, loss: step.loss) { flush() }
    }

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) { flush() }
    func checkpoint(_ requests: StepRequests, of trainer: Trainer) { flush() }

    func rollBack(_ record: RollBackRecord, of trainer: Trainer) throws {
        flush()
        guard isWritten else { return }
        try cut(afterStep: record.step, trainer)
    }

    /// The steps that led to the failure are what the user will look at.
    func failure(of trainer: Trainer) { flush() }
    func end(_ trainer: Trainer) { flush() }

    private func cut(afterStep step: Int, _ trainer: Trainer) throws {
        try trainer.replica.communicator.agree { try log?.cut(afterStep: step) }
    }

    /// Writes what is held back.
    func flush() {
        guard hasBegun, isWritten, let log else { return }
        output.attempt(path) { () throws(FileError) in try log.flush() }
    }
}
