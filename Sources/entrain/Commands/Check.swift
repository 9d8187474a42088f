import ArgumentParser
import MPI
import Runs

struct Check: RankCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Read a configuration and its data and make the network, and tell what would be trained and the memory it takes."
    )

    @OptionGroup var options: ExperimentOptions

    @Flag(help: "Print the configuration with every default filled in, and read no data.")
    var print = false

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let configuration = try options.load(over: runtime.world)
        if print {
            var yaml = configuration.yaml[...]
            if yaml.last == "\n" { yaml.removeLast() }
            return try runtime.writeResult { String(yaml) }
        }
        let experiment = try Experiment(
            configuration, dataRoot: options.data.root,
            emulated: options.numerics.emulate, over: runtime.world)
        var lines: [String] = []
        let logger = runtime.logger()
        try experiment.review(show: { lines.append($0) }, warn: { logger.warning("\($0)") })
        let memory = try runtime.world.agree { [try "\(experiment.memory())", try experiment.activationMemory()] }
        return try runtime.writeResult { ([experiment.summary] + lines + memory).joined(separator: "\n") }
    }
}
