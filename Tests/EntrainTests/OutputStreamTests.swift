import Foundation
import MPITestSupport
import Runs
import XCTest

/// Standard output and standard error on a full disk, closed, or without a reader: what is a message is lost and ends nothing;
/// what a command is for is missed.
final class OutputStreamTests: XCTestCase {
    private let experiment = """
        data: {format: digits}
        model: {preset: mlp, hidden: [8]}
        training: {epochs: 2, batch: 256}
        learningRate: {bounds: {min: 0.001, max: 0.02}}
        output: {plot: false}

        """

    /// Runs the command by a shell, which redirects it.
    private func run(
        _ command: EntrainCommand, ranks: Int? = nil, _ arguments: String, _ redirection: String
    ) throws -> Launcher.Outcome {
        let process = command.process(ranks: ranks, [])
        let words = ([process.executableURL!.path] + (process.arguments ?? [])).map { "'\($0)'" }
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = ["-c", "\(words.joined(separator: " ")) \(arguments) \(redirection)"]
        return try Launcher.run(process, limit: 60)
    }

    func testATrainingGoesOnWithoutItsMessages() throws {
        let command = try EntrainCommand()
        try command.write("c.yaml", experiment)
        try command.succeed(ranks: nil, ["train", "c.yaml", "--output", "whole"])
        let weights = try Data(contentsOf: URL(fileURLWithPath: command.path("whole/model.safetensors")))
        for (number, redirection) in [
            ">/dev/full", "2>/dev/full", ">&-", "2>&-", ">&- 2>&- <&-", "| true", "2> >(exec true)",
            "> >(exec true) 2>&1",
        ].enumerated() {
            let run = "run\(number)"
            let outcome = try self.run(
                command, "train c.yaml --output \(run)", redirection + "; exit ${PIPESTATUS[0]}")
            XCTAssertEqual(outcome.status, 0, "\(redirection): \(outcome.standardError)")
            XCTAssertEqual(
                try Data(contentsOf: URL(fileURLWithPath: command.path("\(run)/model.safetensors"))), weights,
                redirection)
            // No message got into a file that was opened in the place of a closed descriptor.
            XCTAssertEqual(try MetricsLog.read(path: command.path("\(run)/metrics.jsonl")).count, 2, redirection)
            XCTAssertNoThrow(try Configuration.load(path: command.path("\(run)/configuration.yaml")), redirection)
        }
    }

    func testAResultThatCannotBeWrittenIsMissed() throws {
        let command = try EntrainCommand()
        try command.write("c.yaml", experiment)
        try command.write(
            "compare.yaml",
            """
            base:
              data: {format: digits}
              model: {preset: mlp, hidden: [8]}
              training: {epochs: 1, batch: 256}
              learningRate: {schedule: constant, rate: 0.05}
            seeds: [1, 2]
            variations: [{name: a}, {name: b, set: {training.batch: 128}}]

            """)
        try command.succeed(ranks: nil, ["train", "c.yaml", "--output", "run"])
        for (arguments, isLong) in [
            ("check c.yaml", false), ("evaluate run", false), ("info", false), ("info --model mlp", false),
            ("benchmark c.yaml --warmup 1 --windows 1 --steps 1", false), ("--help", false), ("train --help", false),
            ("--version", false), ("range-test c.yaml", true),
            ("compare compare.yaml", true), ("scale c.yaml --repetitions 1 --steps 2 --warmup 1", true),
        ] {
            for (redirection, problem) in [(">/dev/full", "No space left on device"), (">&-", "it is closed")]
            where !isLong || redirection == ">/dev/full" {
                let outcome = try run(command, arguments, redirection)
                XCTAssertEqual(outcome.status, 1, "\(arguments) \(redirection): \(outcome.standardError)")
                XCTAssertEqual(
                    command.errors(outcome),
                    ["[rank 0/1 on \(command.host)] standard output: cannot write the result: \(problem)"],
                    "\(arguments) \(redirection)")
            }
        }
        // One line and status, of two ranks together.
        let process = command.process(ranks: 2, ["check", "c.yaml"])
        let place = process.arguments!.firstIndex { $0.hasSuffix("/entrain") }!
        process.arguments!.insert(contentsOf: ["sh", "-c", "exec \"$0\" \"$@\" >/dev/full"], at: place)
        let outcome = try Launcher.run(process, limit: 60)
        XCTAssertEqual(outcome.status, 1)
        XCTAssertEqual(command.errors(outcome).count, 1, outcome.standardError)
    }

    func testAReaderThatHasSeenEnoughEndsACommandQuietly() throws {
        let command = try EntrainCommand()
        for arguments in ["info", "--help"] {
            let outcome = try run(command, arguments, "> >(exec true)")
            XCTAssertEqual(outcome.status, 141, arguments)
            XCTAssertEqual(outcome.standardError, "", arguments)
        }
    }
}
