import Foundation
import MPITestSupport
import Runs
import XCTest

/// Run directories between processes: each is one run's, until that ends in whatever way.
final class RunDirectoryCommandTests: XCTestCase {
    private let experiment = """
        data: {format: digits}
        model: {layers: [{dense: {units: 24}}, relu, {dense: {units: 10}}]}
        training: {batch: 32, epochs: 1000000}
        learningRate: {schedule: constant, rate: 0.05}
        output: {plot: false, stepsLog: true}
        checkpoint: {steps: 50}

        """

    func testADirectoryInUseIsRefusedAndFreedByAKill() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let arguments = ["train", "run.yaml", "--output", "run"]
        let file = command.path("run/steps.csv")
        let first = command.process(ranks: nil, arguments)
        (first.standardOutput, first.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try first.run()
        defer { if first.isRunning { kill(first.processIdentifier, SIGKILL) } }
        ResumeCommandTests.wait {
            (try? Checkpoint.steps(in: command.path("run/checkpoints")))?.isEmpty == false
        }
        let told =
            "run: is in use by process \(first.processIdentifier) on this host, \(command.host); wait for its end, or give "
            + "another directory with --output"
        for (ranks, more) in [(nil, []), (nil, ["--resume", "auto"]), (2, [])] as [(Int?, [String])] {
            let outcome = try command.run(ranks: ranks, arguments + more)
            XCTAssertEqual(outcome.status, 1, outcome.standardError)
            XCTAssertEqual(command.errors(outcome), ["[rank 0/\(ranks ?? 1) on \(command.host)] \(told)"])
        }
        XCTAssertTrue(first.isRunning)
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        // What a killed writer leaves goes, and nothing else has to be done.
        try command.write("run/model.safetensors.123.partial", "half")
        let done = try XCTUnwrap(ResumeCommandTests.lastStep(in: file))
        let process = command.process(ranks: nil, arguments + ["--resume", "auto"])
        let outcome = try Launcher.run(process, limit: 60) { identifier in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { ResumeCommandTests.lastStep(in: file) ?? 0 > done + 500 }
                kill(identifier, SIGTERM)
            }
        }
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
        XCTAssertTrue(outcome.standardError.contains("continuing after step"), outcome.standardError)
        XCTAssertFalse(command.files(in: "run").contains { $0.hasSuffix("partial") || $0 == "lock" })
    }

    func testRunsThatBeginAtOnceHaveADirectoryEach() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let shell = command.process(ranks: nil, [])
        let program = shell.executableURL!.path
        shell.executableURL = URL(fileURLWithPath: "/bin/bash")
        shell.arguments = [
            "-c",
            """
            for seed in {1..8}; do
                '\(program)' train run.yaml --set training.steps=1 --set seed=$seed >/dev/null 2>&1 && echo done &
            done
            wait
            """,
        ]
        let outcome = try Launcher.run(shell, limit: 60)
        XCTAssertEqual(outcome.standardOutput, String(repeating: "done\n", count: 8))
        let runs = try FileManager.default.contentsOfDirectory(atPath: command.path("runs"))
        XCTAssertEqual(runs.count, 8)
        let seeds = try runs.map { try Configuration.load(path: command.path("runs/\($0)/configuration.yaml")).seed }
        XCTAssertEqual(seeds.sorted(), Array(1...8))
    }

    /// Two jobs that fit into shared memory one at a time: each trains or says in one line that it cannot.
    func testJobsThatDoNotFitTogetherEndWithALine() throws {
        let command = try EntrainCommand()
        let train = [
            "train", EntrainCommand.digits, "--set", "model.hidden=[1024, 1536]", "--set", "training.steps=20", "--set",
            "output.plot=false",
        ]
        let process = command.process(ranks: 2, train)
        let words = ([process.executableURL!.path] + process.arguments!).map { "'\($0)'" }.joined(separator: " ")
        let shell = command.process(ranks: nil, [])
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        func script(_ body: String) -> [String] {
            [
                "-c",
                "exec unshare --mount bash -c 'mount -t tmpfs -o size=64m none /dev/shm && exec bash \"$1\"' sh \(body)",
            ]
        }
        try command.write("true.sh", "exit 0\n")
        let probe = command.process(ranks: nil, [])
        probe.executableURL = shell.executableURL
        probe.arguments = script("true.sh")
        try XCTSkipIf(try Launcher.run(probe, limit: 10).status != 0, "may not mount a file system")
        try command.write(
            "jobs.sh",
            """
            for try in 1 2; do
                for job in 1 2 3; do
                    (\(words) --output run$try-$job >/dev/null 2>log$try-$job; echo $? >status$try-$job) &
                done
                wait
            done
            """)
        shell.arguments = script("jobs.sh")
        XCTAssertEqual(try Launcher.run(shell, limit: 120).status, 0)
        for job in (1...2).flatMap({ attempt in (1...3).map { "\(attempt)-\($0)" } }) {
            let log = try String(contentsOfFile: command.path("log\(job)"), encoding: .utf8)
            let status = try String(contentsOfFile: command.path("status\(job)"), encoding: .utf8)
            let lines = log.split(separator: "\n").filter { $0.contains("[rank ") }
            XCTAssertEqual(lines.count, status == "0\n" ? 0 : 1, log)
            if status != "0\n" {
                XCTAssertEqual(status, "1\n", log)
                XCTAssertTrue(lines.first?.contains("MiB of shared memory") == true, log)
            }
        }
    }
}
