import ArgumentParser
import MPI
import Training

struct Train: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train; write weights, metrics and a plot to a run directory.")

    @OptionGroup var options: RunOptions

    @Flag(help: "Print, at the end, where the time of the steps went, by layer and pass.")
    var profile = false

    @Option(
        help: ArgumentHelp(
            "Write when each rank did what, for chrome://tracing or ui.perfetto.dev.", valueName: "file"))
    var trace: String?

    @Option(
        help: ArgumentHelp(
            "Go on with the run in --output from its newest checkpoint, if there is one.", valueName: "never|auto"))
    var resume = Resumption.never

    @Option(
        help: ArgumentHelp(
            "End the run when a rank has waited for so long for one that does not run; 0 to wait for ever.",
            valueName: "seconds"))
    var stallLimit = 600.0

    enum Resumption: String, CaseIterable, ExpressibleByArgument {
        case never, auto
    }

    func validate() throws {
        guard stallLimit >= 0, stallLimit < 1e9 else {
            throw ValidationError("--stall-limit is a number of seconds, at least 0")
        }
        if resume == .auto, options.output == nil {
            throw ValidationError("--resume auto needs the run directory, --output")
        }
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let logger = runtime.logger()
        let watch =
            stallLimit > 0 && runtime.world.size > 1
            ? try StallWatch(
                runtime.world, limit: stallLimit,
                advice: "the run ends; it goes on from its last checkpoint with --resume auto and --output") : nil
        defer { watch?.end() }
        let run = try options.makeRun(in: runtime, resumes: resume == .auto, logger: logger)
        let report = try run.run(showsProgress: runtime.isFirst, profiled: profile, trace: trace)
        if let profile = report.profile { logger.notice("\(profile)") }
        logger.info("run directory: \(run.directory.path)")
        return .success
    }
}
