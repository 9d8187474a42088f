import Entrain
import Foundation

/// Writes step, rate and loss of every step at the end, on rank 0.
final class LossLog: TrainingObserver {
    private let path: String
    private var lines = ""

    init(path: String) { self.path = path }

    func step(_ step: StepRecord, of trainer: Trainer) {
        if trainer.replica.communicator.rank == 0 { lines += "\(step.step),\(step.rate),\(step.loss)\n" }
    }

    func end(_ trainer: Trainer) throws {
        let communicator = trainer.replica.communicator
        try communicator.agree {
            if communicator.rank == 0 { try lines.write(toFile: path, atomically: true, encoding: .utf8) }
        }
    }
}
