import Entrain

func train(_ file: String, into directory: String, over world: any Communicator) throws -> [CycleMetrics] {
    let configuration = try world.agree { try Configuration.load(path: file) }
    let run = try TrainingRun(
        configuration, file: file, dataRoot: nil, output: directory, resumes: true, logger: Logger(label: "mine"),
        over: world)
    return try run.run(showsProgress: false, observedBy: [LossLog(path: directory + "/losses.csv")]).cycles
}
