import ArgumentParser
import MPI
import Training

struct Train: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train; write weights, metrics and a plot to a run directory.")

    @OptionGroup var options: RunOptions

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let logger = runtime.logger()
        let run = try options.makeRun(in: runtime, logger: logger)
        try run.run(showsProgress: runtime.isFirst)
        logger.info("run directory: \(run.directory.path)")
        return .success
    }
}
