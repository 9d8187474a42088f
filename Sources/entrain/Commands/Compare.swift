import ArgumentParser
import Foundation
import MPI
import Runs
import Studies

struct Compare: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run variations of an experiment over seeds and data sets; report how they differ.",
        discussion: """
            Under mpirun the ranks work in groups, each on a run of its own. What the output directory already holds of the \
            comparison is not run again: a comparison that was stopped goes on where it was.
            """)

    @Argument(help: "File of the comparison (YAML).")
    var config: String

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("Set a key of the base configuration; repeatable.", valueName: "key.path=value"))
    var settings: [String] = []

    @Option(help: ArgumentHelp("Directory of results and report. (default: runs/CONFIG)", valueName: "directory"))
    var output: String?

    @Option(help: "Ranks that do a run together.")
    var ranksPerRun = 1

    @OptionGroup var data: DataOptions

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let world = runtime.world
        let comparison = try world.agree { try Comparison.load(path: config, overrides: settings) }
        let logger = runtime.logger()
        for note in comparison.notes { logger.notice("\(note)") }
        let directory = output ?? "runs/\(comparison.name)"
        let run = try ComparisonRun(
            comparison, dataRoot: data.root, output: directory, ranksPerRun: ranksPerRun,
            version: Entrain.configuration.version, over: world
        ) { line in
            StandardStream.output.tell(line)
        }
        let report = try run.run()
        try world.agree {
            guard runtime.isFirst else { return }
            let command = Circumstances.command(
                CommandLine.arguments + (report.readsFiles ? data.missingArguments : []),
                ranks: runtime.isLaunched ? world.size : nil)
            let complaints = try report.write(to: directory, command: command)
            for complaint in complaints { logger.notice("\(complaint)") }
        }
        let status = try runtime.writeResult { "report: \(directory)/report.md" }
        try world.agree { try report.checkSomethingTrained() }
        return status
    }
}
