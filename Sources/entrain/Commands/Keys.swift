import ArgumentParser
import MPI
import Runs

struct Keys: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell the keys of a configuration: kind, unit, default and meaning; or a JSON Schema for an editor.",
        discussion: """
            Of a choice it tells the keys that go with each: entrain keys learningRate.schedule; or with one alone: entrain keys \
            optimizer.adamw.

            With the schema an editor with the YAML language server completes and checks: write it into a file, \
            entrain keys --schema > entrain.schema.json, and begin a configuration with \
            "# yaml-language-server: $schema=entrain.schema.json".
            """)

    @Argument(help: ArgumentHelp("Key or section: optimizer, training.batch. (default: all)", valueName: "path"))
    var path = ""

    @Flag(help: "Print a JSON Schema of configurations (draft 7).")
    var schema = false

    func validate() throws {
        if schema, !path.isEmpty { throw ValidationError("--schema is of all keys: leave out \(path)") }
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let text = try runtime.world.agree { schema ? Configuration.schema : try Configuration.keys(below: path) }
        return try runtime.writeResult { text }
    }
}
