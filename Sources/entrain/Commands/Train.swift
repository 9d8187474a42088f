import ArgumentParser
import MPI
import Training

struct Train: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train; write weights, metrics and a plot to a run directory.")

    @OptionGroup var options: RunOptions

    @Flag(help: "Print, at the end, where the time of the steps went, by layer and pass.")
    var profile = false

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let logger = runtime.logger()
        let run = try options.makeRun(in: runtime, logger: logger)
        let report = try run.run(showsProgress: runtime.isFirst, profiled: profile)
        if let profile = report.profile { logger.notice("\(profile)") }
        logger.info("run directory: \(run.directory.path)")
        return .success
    }
}
