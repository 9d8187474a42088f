import Foundation
import MPITestSupport
import Runs
import XCTest

/// The command line itself, and the commands that tell something without training.
final class CommandLineTests: XCTestCase {
    func testHelpAndVersionAreToldOnce() throws {
        let command = try EntrainCommand()
        for ranks in [nil, 2] {
            for arguments in [["--help"], []] {
                let outcome = try command.succeed(ranks: ranks, arguments)
                XCTAssertEqual(outcome.standardOutput.components(separatedBy: "OVERVIEW: ").count, 2)
                for name in ["train", "range-test", "evaluate", "info", "benchmark"] {
                    XCTAssertTrue(outcome.standardOutput.contains("\n  \(name) "), name)
                }
            }
            for name in ["train", "range-test", "evaluate", "info", "benchmark"] {
                let help = try command.succeed(ranks: ranks, [name, "--help"]).standardOutput
                XCTAssertEqual(help.components(separatedBy: "USAGE: entrain \(name)").count, 2, help)
            }
            let version = try command.succeed(ranks: ranks, ["--version"]).standardOutput
            let pattern = /\d+\.\d+\.\d+ \((Open MPI|MPICH ABI|standard ABI of MPI 5)\)\n/
            XCTAssertNotNil(version.wholeMatch(of: pattern), version)
        }
    }

    func testAMistakeInTheCommandLineIsToldOnceOnStandardError() throws {
        let command = try EntrainCommand()
        for ranks in [nil, 2] {
            for (arguments, message) in [
                (["trian"], "Error: Unexpected argument 'trian'"),
                (["train"], "Error: Missing expected argument '<config>'"),
                (["train", "a.yaml", "--output"], "Error: Missing value for '--output <directory>'"),
                (["evaluate", "run", "--on", "all"], "Error: The value 'all' is invalid for '--on <on>'."),
                (
                    ["benchmark", "a.yaml", "--steps", "0"],
                    "Error: --warmup, --windows and --steps are at least 1, --rate is above 0"
                ),
            ] {
                let outcome = try command.run(ranks: ranks, arguments)
                XCTAssertEqual(outcome.status, 64, "\(arguments)")
                XCTAssertEqual(outcome.standardOutput, "", "\(arguments)")
                XCTAssertEqual(outcome.standardError.components(separatedBy: message).count, 2, outcome.standardError)
            }
        }
        XCTAssertEqual(command.files(), [])
    }

    func testInfoTellsOfTheJob() throws {
        let command = try EntrainCommand()
        for ranks in 1...2 {
            let text = try command.succeed(ranks: ranks, ["info"]).standardOutput
            for name in ["entrain", "MPI", "thread level", "oneDNN", "ranks", "host"] {
                XCTAssertEqual(text.split(separator: "\n").count { $0.hasPrefix("\(name) ") }, 1, "\(name): \(text)")
            }
            XCTAssertTrue(text.contains("\nranks           \(ranks)\n"), text)
        }
        let cores = ProcessInfo.processInfo.processorCount
        let text = try command.succeed(ranks: 2, ["info", "--threads", "\(cores)"]).standardOutput
        XCTAssertTrue(text.contains("2 ranks of \(cores) threads exceed \(cores) cores"), text)
    }

    /// Ranks that may all run on the same one of several cores only are too many, as taskset, cpusets and some launchers leave them.
    func testInfoKnowsTheMask() throws {
        try XCTSkipIf(ProcessInfo.processInfo.processorCount < 2, "one core is not enough to tell")
        let command = try EntrainCommand()
        let own = ProcessMeasures.allowedCores().max()!
        let process = command.process(ranks: 2, ["info"])
        process.arguments =
            ["--cpu-list", "\(own)", process.executableURL!.path, "--bind-to", "none"] + process.arguments!
        process.executableURL = try XCTUnwrap(Launcher.find("taskset"))
        try XCTSkipIf(process.arguments![2].contains("mpich"), "binds in another way")
        let outcome = try Launcher.run(process, limit: 60)
        XCTAssertTrue(
            outcome.standardOutput.contains(": 2 ranks of 1 threads exceed the 1 of "),
            outcome.standardOutput + outcome.standardError)
    }

    func testBenchmarkPrintsALineOfJSON() throws {
        struct Result: Decodable {
            var firstStepSeconds: Double
            var peakResidentBytes: [Int]
            var samplesPerSecond: [Double]
        }
        let command = try EntrainCommand()
        for ranks in 1...2 {
            let outcome = try command.succeed(
                ranks: ranks,
                ["benchmark", EntrainCommand.digits, "--warmup", "2", "--windows", "3", "--steps", "4"])
            let lines = outcome.standardOutput.split(separator: "\n")
            XCTAssertEqual(lines.count, 1, outcome.standardOutput)
            let result = try JSONDecoder().decode(Result.self, from: Data(lines[0].utf8))
            XCTAssertGreaterThan(result.firstStepSeconds, 0)
            XCTAssertEqual(result.peakResidentBytes.count, ranks)
            XCTAssertEqual(result.samplesPerSecond.count, 3)
            XCTAssertTrue(result.samplesPerSecond.allSatisfy { $0 > 0 })
        }
        XCTAssertEqual(command.files(), [])
    }

    /// What is measured is what a training would do with the same file.
    func testMeasurementsReviewTheDataAsATrainingDoes() throws {
        let command = try EntrainCommand()
        try command.write(
            "run.yaml",
            """
            data: {format: digits}
            model: {layers: [flatten, {dense: {units: 8}}, batchNormalization, relu, {dense: {units: 10}}]}
            training: {batch: 2000, epochs: 1}
            learningRate: {schedule: constant, rate: 0.05}

            """)
        let runs = [
            ["benchmark", "run.yaml", "--warmup", "1", "--windows", "1", "--steps", "1"],
            ["scale", "run.yaml", "--output", "scale", "--repetitions", "1", "--steps", "2", "--warmup", "1"],
        ]
        func lines(_ outcome: Launcher.Outcome) -> [String] {
            outcome.standardError.split(separator: "\n").map(String.init).filter { line in
                ["warning: training.batch: ", "classes (", "sample: "].contains { line.hasPrefix($0) }
            }.sorted()
        }
        let told = lines(try command.succeed(ranks: 2, ["train", "run.yaml", "--output", "run"]))
        XCTAssertEqual(told.count, 3, "\(told)")
        for run in runs {
            XCTAssertEqual(lines(try command.succeed(ranks: 2, run)), told)
            let outcome = try command.run(ranks: 2, run + ["--set", "training.batch=2"])
            try command.assertFails(
                outcome, ranks: 2,
                "model: batchNormalization (layer 2): expected at least 2 values of each channel in every step, found 1 in a "
                    + "batch of 2 on 2 ranks: it would make the same of every sample; raise training.batch, start fewer ranks, "
                    + "set synchronized: true in the layer or use layerNormalization")
            try command.assertFails(
                try command.run(ranks: 2, run + ["--set", "data.warnings=error"]), ranks: 2,
                told.first { $0.hasPrefix("warning: ") }!.dropFirst("warning: ".count)
                    + " (a warning; data.warnings is error)")
        }
    }

    func testRangeTestPrintsBoundsAndWritesTheLosses() throws {
        let command = try EntrainCommand()
        for ranks in 1...2 {
            let run = "range-\(ranks)"
            let outcome = try command.succeed(ranks: ranks, ["range-test", EntrainCommand.digits, "--output", run])
            let found = try XCTUnwrap(
                outcome.standardOutput.wholeMatch(of: /min (\S+)  max (\S+)\n/), outcome.standardOutput)
            let (minimum, maximum) = (try XCTUnwrap(Double(found.1)), try XCTUnwrap(Double(found.2)))
            XCTAssertLessThan(minimum, maximum)
            XCTAssertGreaterThan(minimum, 0)
            let rows = try String(contentsOfFile: command.path("\(run)/range-test.csv"), encoding: .utf8)
                .split(separator: "\n")
            XCTAssertEqual(rows[0], "step,rate,loss,smoothedLoss")
            XCTAssertGreaterThan(rows.count, 10)
            XCTAssertEqual(
                command.files(in: run),
                ["configuration.yaml", "primitives.json", "range-test.csv"]
                    + (Launcher.find("gnuplot") == nil ? [] : ["range-test.png"]) + ["rate-search.json"])
        }
    }

    /// Open MPI's folder of such processes is one for all of them, which one that ends takes from the others.
    func testAProcessWithoutALauncherMakesNoFolderForMPI() throws {
        let command = try EntrainCommand()
        let process = command.process(ranks: nil, ["info"])
        process.environment?["TMPDIR"] = "/dev/null/none"
        let outcome = try Launcher.run(process, limit: 60)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertEqual(outcome.standardError, "")
    }
}
