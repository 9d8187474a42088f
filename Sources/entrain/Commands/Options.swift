import ArgumentParser
import Foundation
import Logging
import MPI
import Runs

/// The experiment a command is about.
struct ExperimentOptions: ParsableArguments {
    @Argument(help: "Configuration file (YAML).")
    var config: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a key of the configuration; repeatable.", valueName: "key.path=value"))
    var settings: [String] = []

    @OptionGroup var data: DataOptions
    @OptionGroup var numerics: NumericOptions

    /// Collective. The configuration with its overrides; the first rank tells what an override makes of no use.
    func load(over communicator: any Communicator) throws -> Configuration {
        try communicator.agree {
            try Configuration.load(path: config, overrides: settings) { note in
                if communicator.rank == 0 { StandardStream.error.tell(note) }
            }
        }
    }
}

/// An experiment that writes a run directory.
struct RunOptions: ParsableArguments {
    @OptionGroup var options: ExperimentOptions

    @Option(help: ArgumentHelp("Run directory. (default: runs/CONFIG-DATE-TIME)", valueName: "directory"))
    var output: String?

    /// Collective. Sets the experiment up and tells what it is.
    func makeRun(in runtime: MPIRuntime, resumes: Bool = false, logger: Logger) throws -> TrainingRun {
        try TrainingRun(
            try options.load(over: runtime.world), file: options.config, dataRoot: options.data.root,
            emulated: options.numerics.emulate, output: output, resumes: resumes, logger: logger, over: runtime.world
        )
    }
}

/// How layers are computed.
struct NumericOptions: ParsableArguments {
    @Flag(help: "Compute bfloat16 also on processors without its instructions, slowly.")
    var emulate = false
}

/// Where data files are.
struct DataOptions: ParsableArguments {
    @Option(
        name: .customLong("data"),
        help: ArgumentHelp("Directory of the data files. (default: $ENTRAIN_DATA)", valueName: "directory"))
    var directory: String?

    var root: String? {
        directory ?? ProcessInfo.processInfo.environment["ENTRAIN_DATA"]
    }

    /// What a command lacks to be given again elsewhere: the directory, where the environment gave it.
    var missingArguments: [String] {
        directory == nil && root != nil ? ["--data", "DIR"] : []
    }
}

extension MPIRuntime {
    var isFirst: Bool { world.rank == 0 }

    /// Notes of rank 0 on standard error; the other ranks keep quiet below errors.
    func logger() -> Logger {
        let threshold: Logger.Level = isFirst ? .info : .error
        return Logger(label: "entrain") { _ in LineLogHandler(logLevel: threshold) }
    }
}
