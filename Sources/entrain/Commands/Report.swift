import ArgumentParser
import Foundation
import MPI
import Studies
import Training

struct Report: RankCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Show runs side by side in one HTML file: curves, how the rate was chosen, confusion, worst predictions.",
        discussion: """
            The file needs no network and nothing beside it. The test sets are read for confusion matrices and worst predictions; \
            where one cannot be, the report says why, and has all else.
            """)

    @Argument(help: ArgumentHelp("Run directories.", valueName: "run"))
    var runs: [String]

    @Option(help: ArgumentHelp("File of the report, in the place of one of its name.", valueName: "file"))
    var output = "report.html"

    @Flag(help: "Read no data: leave out confusion matrices and worst predictions.")
    var withoutData = false

    @OptionGroup var data: DataOptions
    @OptionGroup var numerics: NumericOptions

    func validate() throws {
        guard output.hasSuffix(".html"), output.count > 5 else {
            throw ValidationError("--output is a name that ends in .html; found '\(output)'")
        }
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let report = try RunReport(
            of: runs, evaluates: !withoutData, dataRoot: data.root, emulated: numerics.emulate, over: runtime.world)
        let logger = runtime.logger()
        for note in report.notes { logger.notice("\(note)") }
        let replaces = runtime.isFirst && FileManager.default.fileExists(atPath: output)
        try runtime.world.agree { if runtime.isFirst { try report.write(to: output) } }
        return try runtime.writeResult { "report: \(output)\(replaces ? ", in the place of an earlier file" : "")" }
    }
}
