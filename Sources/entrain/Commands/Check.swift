import ArgumentParser
import MPI
import Training

struct Check: RankCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Read a configuration and its data and make the network, and tell what would be trained and the memory it takes."
    )

    @OptionGroup var experiment: ExperimentOptions

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let setup = try Setup(
            try experiment.load(over: runtime.world), dataRoot: experiment.data.root,
            emulated: experiment.numerics.emulate, over: runtime.world)
        var lines: [String] = []
        let logger = runtime.logger()
        try setup.review(show: { lines.append($0) }, warn: { logger.warning("\($0)") })
        let memory = try runtime.world.agree { try setup.memory() }
        return try runtime.writeResult { ([setup.summary] + lines + ["\(memory)"]).joined(separator: "\n") }
    }
}
