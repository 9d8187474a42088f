import ArgumentParser
import MPI
import Training

struct RangeTest: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "range-test",
        abstract: "Find the bounds of the learning rate; write losses and a plot to a run directory.")

    @OptionGroup var experiment: ExperimentOptions

    @Option(help: ArgumentHelp("Run directory. (default: runs/CONFIG-DATE-TIME)", valueName: "directory"))
    var output: String?

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let logger = runtime.logger()
        let run = try TrainingRun(
            try experiment.load(over: runtime.world), file: experiment.config, dataRoot: experiment.data.root,
            output: output, logger: logger, over: runtime.world)
        logger.info("\(run.setup.summary)")
        let bounds = try run.findBounds()
        if runtime.isFirst { print("min \(bounds.minimum)  max \(bounds.maximum)") }
        logger.info("run directory: \(run.directory.path)")
        return .success
    }
}
