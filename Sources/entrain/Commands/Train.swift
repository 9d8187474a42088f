import ArgumentParser
import MPI
import Training

struct Train: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train; write weights, metrics and a plot to a run directory.")

    @OptionGroup var experiment: ExperimentOptions

    @Option(help: ArgumentHelp("Run directory. (default: runs/CONFIG-DATE-TIME)", valueName: "directory"))
    var output: String?

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let logger = runtime.logger()
        let run = try TrainingRun(
            try experiment.load(over: runtime.world), file: experiment.config, dataRoot: experiment.data.root,
            output: output, logger: logger, over: runtime.world)
        logger.info("\(run.setup.summary)")
        try run.run(showsProgress: runtime.isFirst)
        logger.info("run directory: \(run.directory.path)")
        return .success
    }
}
