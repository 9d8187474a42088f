import ArgumentParser
import MPI
import Training

struct Check: RankCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Read a configuration and its data and make the network, and tell what would be trained and the memory it takes."
    )

    @OptionGroup var experiment: ExperimentOptions

    @Flag(help: "Print the configuration with every default filled in, and read no data.")
    var print = false

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let configuration = try experiment.load(over: runtime.world)
        if print {
            var yaml = configuration.yaml[...]
            if yaml.last == "\n" { yaml.removeLast() }
            return try runtime.writeResult { String(yaml) }
        }
        let setup = try Setup(
            configuration, dataRoot: experiment.data.root,
            emulated: experiment.numerics.emulate, over: runtime.world)
        var lines: [String] = []
        let logger = runtime.logger()
        try setup.review(show: { lines.append($0) }, warn: { logger.warning("\($0)") })
        let memory = try runtime.world.agree { try setup.memory() }
        return try runtime.writeResult { ([setup.summary] + lines + ["\(memory)"]).joined(separator: "\n") }
    }
}
