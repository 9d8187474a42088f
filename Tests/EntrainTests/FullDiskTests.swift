import Foundation
import MPITestSupport
import Runs
import XCTest

/// Files of a run that cannot be written for a while, or not at all.
final class FullDiskTests: XCTestCase {
    private let experiment = """
        data: {format: digits}
        model: {preset: mlp, hidden: [8]}
        training: {batch: 32, epochs: 150}
        learningRate: {schedule: constant, rate: 0.05}
        output: {plot: false, stepsLog: true}
        checkpoint: {cycle: false}

        """

    /// Runs a script of the shell in a private mount namespace; `$entrain` is the program.
    private func run(_ command: EntrainCommand, _ script: String) throws -> Launcher.Outcome {
        let shell = command.process(ranks: nil, [])
        shell.environment?["entrain"] = shell.executableURL!.path
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "exec unshare --mount bash -c 'ulimit -c 0; eval \"$0\"' \"$0\"", script]
        return try Launcher.run(shell, limit: 120)
    }

    private func bytes(_ command: EntrainCommand, _ file: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: command.path(file)))
    }

    /// Compares what a run has left with another that met no obstacle. Times differ in the metrics.
    private func assertWhole(_ command: EntrainCommand, _ run: String, cycles: Int = 150, line: UInt = #line) throws {
        for file in ["steps.csv", "model.safetensors", "configuration.yaml", "primitives.json"] {
            XCTAssertEqual(try bytes(command, "\(run)/\(file)"), try bytes(command, "whole/\(file)"), file, line: line)
        }
        XCTAssertEqual(
            try MetricsLog.read(path: command.path("\(run)/metrics.jsonl")).map(\.rate),
            try MetricsLog.read(path: command.path("whole/metrics.jsonl")).map(\.rate), line: line)
        XCTAssertEqual(
            command.files(in: run).filter { $0.hasSuffix("partial") || $0 == "lock" }, [], line: line)
    }

    /// The disk is full from the first row on, until somebody makes room; the files are then as if it had never been.
    func testRowsAndWeightsAreWrittenWhenThereIsRoomAgain() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let mount = "mkdir disk && mount -t tmpfs -o size=2m none disk || exit 99"
        let outcome = try run(
            command,
            """
            \(mount)
            train='train run.yaml --set checkpoint.cycle=true --set checkpoint.keep=1 --output'
            "$entrain" $train whole >/dev/null 2>&1 || exit 98
            mkdir disk/run
            head -c 3000000 /dev/zero >disk/ballast 2>/dev/null
            "$entrain" $train disk/run >/dev/null 2>log &
            until grep -q "metrics.jsonl.*tries again" log; do kill -0 $! || exit 97; sleep 0.01; done
            cp -r disk/run early
            rm disk/ballast
            wait $!
            status=$?
            cp -r disk/run late
            cat log >&2
            exit $status
            """)
        try XCTSkipIf(outcome.status == 99, "may not mount a file system")
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        for file in ["configuration.yaml", "metrics.jsonl"] {
            let told = outcome.standardError.split(separator: "\n").filter { $0.contains("disk/run/\(file): ") }
            XCTAssertEqual(told.count, 2, outcome.standardError)
            XCTAssertEqual(
                told.first,
                "warning: disk/run/\(file): cannot write: No space left on device; the run goes on, and tries again at the end "
                    + "of each cycle")
            XCTAssertEqual(told.last, "disk/run/\(file): written after all")
        }
        // The first checkpoint may have found room already.
        func told(_ text: String) -> Int { outcome.standardError.split(separator: "\n").count { $0.contains(text) } }
        XCTAssertLessThanOrEqual(told("no checkpoint: "), 1, outcome.standardError)
        XCTAssertEqual(
            told("checkpoints: one has been written again; "), told("no checkpoint: "), outcome.standardError)
        XCTAssertEqual(try bytes(command, "early/metrics.jsonl").count, 0)
        try assertWhole(command, "late")
    }

    /// A limit for the size of files: rows up to it, all else as it should be, and a status that tells.
    func testWhatCannotBeWrittenToTheEndIsTold() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let outcome = try run(
            command,
            """
            train='train run.yaml --set training.epochs=80 --output'
            "$entrain" $train whole >/dev/null 2>&1 || exit 98
            ulimit -f 64
            exec "$entrain" $train run >/dev/null
            """)
        try XCTSkipIf(outcome.standardError.contains("unshare"), "may not make a mount namespace")
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        let told = outcome.standardError.split(separator: "\n").filter { $0.contains("steps.csv") }
        XCTAssertEqual(
            told,
            [
                "warning: run/steps.csv: cannot write: File too large; the run goes on, and tries again at the end of each cycle",
                "[rank 0/1 on \(command.host)] run/steps.csv: cannot write: File too large",
            ])
        let rows = try bytes(command, "run/steps.csv")
        XCTAssertLessThanOrEqual(rows.count, 64 << 10)
        XCTAssertGreaterThan(rows.count, 40 << 10)
        XCTAssertEqual(rows.last, UInt8(ascii: "\n"))
        XCTAssertEqual(rows, try bytes(command, "whole/steps.csv").prefix(rows.count))
        XCTAssertEqual(try bytes(command, "run/model.safetensors"), try bytes(command, "whole/model.safetensors"))
    }

    func testADirectoryThatIsRemovedIsMadeAgain() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let train = ["train", "run.yaml", "--set", "checkpoint.steps=45", "--output"]
        try command.succeed(ranks: nil, train + ["whole"])
        let process = command.process(ranks: nil, train + ["above/run"])
        let metrics = command.path("above/run/metrics.jsonl")
        let above = command.path("above")
        let outcome = try Launcher.run(process, limit: 60) { _ in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { (try? MetricsLog.read(path: metrics))?.count ?? 0 > 3 }
                // At once, not file by file while the run makes others.
                rename(above, above + "-gone")
                try? FileManager.default.removeItem(atPath: above + "-gone")
            }
        }
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertTrue(
            outcome.standardError.contains("above/run: files were removed while the run goes on; they are made again"),
            outcome.standardError)
        XCTAssertFalse(try Checkpoint.steps(in: command.path("above/run/checkpoints")).isEmpty)
        try FileManager.default.moveItem(atPath: command.path("above/run"), toPath: command.path("run"))
        try assertWhole(command, "run")
    }

    /// Told before the training, which would have nowhere to write to.
    func testADirectoryThatCannotBeWrittenToEndsTheRunBeforeItsTraining() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let outcome = try run(
            command,
            """
            mkdir disk && mount -t tmpfs -o size=2m none disk && mkdir disk/run && mount -o remount,ro disk || exit 99
            exec "$entrain" train run.yaml --output disk/run >/dev/null
            """)
        try XCTSkipIf(outcome.status == 99, "may not mount a file system")
        XCTAssertEqual(outcome.status, 1)
        XCTAssertEqual(
            command.errors(outcome),
            ["[rank 0/1 on \(command.host)] disk/run: cannot write to the directory: Read-only file system"])
    }
}
