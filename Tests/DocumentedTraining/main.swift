import Entrain

MPIRuntime.main { runtime in
    let configuration = try runtime.world.agree { try Configuration.load(path: "configs/digits.yaml") }
    let experiment = try Experiment(configuration, dataRoot: nil, over: runtime.world)
    try experiment.train(observedBy: [Printer()])
    try experiment.free()
}

final class Printer: TrainingObserver {
    func cycle(_ cycle: CycleRecord, of trainer: Trainer) {
        if trainer.replica.communicator.rank == 0 { print(cycle.epoch, cycle.rate, cycle.train.mutualInformation) }
    }
}
