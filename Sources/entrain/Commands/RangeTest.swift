import ArgumentParser
import MPI
import Training

struct RangeTest: RankCommand {
    static let configuration = CommandConfiguration(
        commandName: "range-test",
        abstract: "Find the bounds of the learning rate; write losses and a plot to a run directory.")

    @OptionGroup var options: RunOptions

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let logger = runtime.logger()
        let run = try options.makeRun(in: runtime, logger: logger)
        let bounds = try run.findBounds()
        let status = try runtime.writeResult { "min \(bounds.minimum)  max \(bounds.maximum)" }
        logger.info("run directory: \(run.directory.path)")
        return status
    }
}
