import MPI
import Training

/// Tells of what went wrong and ended nothing: trainings that went back, steps that were left out. Where nothing but such steps was
/// done, it ends the training. All ranks have one.
package final class WarningObserver: TrainingObserver {
    private let warn: (String) -> Void
    private let tellsCycles: Bool
    private var skipped: SkippedSteps?
    /// The error that it has ended the training by.
    package private(set) var failure: (any Error)?

    /// - Parameters:
    ///   - tellsCycles: whether each cycle with steps that were left out is told of, and not the training alone.
    ///   - warn: takes a line, on every rank.
    package init(tellsCycles: Bool = true, _ warn: @escaping (String) -> Void) {
        self.tellsCycles = tellsCycles
        self.warn = warn
    }

    package func begin(_ trainer: Trainer) { skipped = SkippedSteps(trainer) }

    package func cycle(_ cycle: CycleRecord, of trainer: Trainer) throws {
        do {
            guard let warning = try skipped?.endCycle(cycle, of: trainer), tellsCycles else { return }
            warn(warning)
        } catch {
            failure = error
            throw AgreedError(everywhere: error)
        }
    }

    package func rollBack(_ record: RollBackRecord, of trainer: Trainer) {
        skipped = SkippedSteps(trainer)
        warn("\(record)")
    }

    package func end(_ trainer: Trainer) throws {
        guard !trainer.isInterrupted else { return }
        do {
            if let warning = try SkippedSteps.total(of: trainer) { warn(warning) }
        } catch {
            failure = error
            throw AgreedError(everywhere: error)
        }
    }
}
