import Entrain

/// Prints a line a cycle, and asks for the end of the run at a step.
final class CycleLines: TrainingObserver {
    private let lastStep: Int?

    init(interruptAt lastStep: Int?) { self.lastStep = lastStep }

    func requests(before step: UpcomingStep?) -> StepRequests {
        lastStep != nil && step?.step == lastStep ? .interruption : []
    }

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) {
        guard trainer.replica.communicator.rank == 0, let test = cycle.test else { return }
        print("cycle \(cycle.epoch): rate \(cycle.rate), test accuracy \(test.accuracy)")
    }
}
