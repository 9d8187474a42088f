import Foundation
import MPITestSupport
import Runs
import XCTest

/// Faults put into runs of real processes: what the user is told, and the exit status.
final class FaultTests: XCTestCase {
    private let experiment = """
        data: {format: digits}
        model: {layers: [{dense: {units: 24}}, relu, {dense: {units: 10}}]}
        training: {batch: 32, epochs: 80}
        learningRate: {schedule: constant, rate: 0.05}
        output: {plot: false, stepsLog: true}

        """

    private func entrain() -> String { Launcher.processAlone("entrain", []).executableURL!.path }

    func testTheLaunchScriptTellsWhichSignalEndedARank() throws {
        let command = try EntrainCommand()
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the script starts Open MPI")
        try command.write("run.yaml", experiment)
        let process = command.process(ranks: nil, [])
        process.executableURL = URL(fileURLWithPath: EntrainCommand.configuration("../launch/mpirun.sh"))
        process.arguments =
            ["-n", "2", "--", entrain(), "train", "run.yaml", "--output", "run", "--set", "training.epochs=1000000"]
        let file = command.path("run/steps.csv")
        let outcome = try Launcher.run(process, limit: 60) { script in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { ResumeCommandTests.lastStep(in: file) ?? 0 > 100 }
                if let launcher = ResumeCommandTests.children(of: script).last {
                    ResumeCommandTests.send(SIGKILL, toChild: 1, of: launcher)
                }
            }
        }
        XCTAssertEqual(outcome.status, 137, outcome.standardError)
        XCTAssertTrue(
            outcome.standardError.contains("error: a rank of '\(entrain())' was ended by signal 9 (KILL)\n"),
            outcome.standardError)
        XCTAssertEqual(command.processes(), [])
    }

    // MARK: - One rank unlike the others

    /// Two ranks, each with arguments of its own.
    private func process(_ command: EntrainCommand, _ first: [String], _ second: [String]) throws -> Process {
        let process = command.process(ranks: 1, first)
        let one = process.arguments!
        guard let start = one.firstIndex(of: "-n") else { throw XCTSkip("the launcher takes no -n") }
        process.arguments = one + [":"] + one[start...].dropLast(first.count) + second
        return process
    }

    func testARankWithAnotherConfigurationEndsTheJob() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        try command.write("other.yaml", experiment.replacing("batch: 32", with: "batch: 31"))
        let process = try process(
            command, ["train", "run.yaml", "--output", "run"], ["train", "other.yaml", "--output", "run"])
        let outcome = try Launcher.run(process, limit: 60)
        try command.assertFails(
            outcome, ranks: 2,
            "rank 1 on \(command.host) has the configuration batch: 31, rank 0 on \(command.host) has batch: 32; give all "
                + "ranks the same one")
        XCTAssertEqual(command.files(in: "run"), [])
    }

    func testARankWithAnotherDataFileEndsTheJob() throws {
        let command = try EntrainCommand()
        // Where they share memory one rank reads for both.
        try command.write(
            "run.yaml",
            experiment.replacing(
                "{format: digits}", with: "{format: csv, train: {file: t.csv}, sharedMemory: false}"))
        for (index, folder) in ["one", "two"].enumerated() {
            try FileManager.default.createDirectory(atPath: command.path(folder), withIntermediateDirectories: true)
            let rows = (0..<100).map { "\($0 * 7 % 11),\($0 == 41 ? 3 * index : $0 % 5),\($0 % 3)" }
            try command.write("\(folder)/t.csv", rows.joined(separator: "\n"))
        }
        let arguments = ["train", "run.yaml", "--output", "run", "--data"]
        let outcome = try Launcher.run(try process(command, arguments + ["one"], arguments + ["two"]), limit: 60)
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        let errors = command.errors(outcome)
        XCTAssertEqual(errors.count, 1, outcome.standardError)
        let told =
            /^\[rank 0.2 on \S+\] rank 1 on \S+ has the training set \d+ × \[2\] in 3 classes, \S+, rank 0 on .*; give all ranks the same files$/
        XCTAssertNotNil(errors.first?.firstMatch(of: told), outcome.standardError)
        XCTAssertEqual(command.files(in: "run"), [])
    }

    // MARK: - Checkpoints that cannot be kept

    /// The directory goes while the run goes on: later checkpoints are there again.
    func testTheDirectoryOfCheckpointsIsRemoved() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment + "checkpoint: {steps: 100}\n")
        try command.succeed(ranks: 2, ["train", "run.yaml", "--output", "whole"], limit: 120)
        let checkpoints = command.path("run/checkpoints")
        let moved = command.path("moved")
        let outcome = try Launcher.run(
            command.process(ranks: 2, ["train", "run.yaml", "--output", "run"]), limit: 120
        ) { _ in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { (try? Checkpoint.steps(in: checkpoints))?.isEmpty == false }
                rename(checkpoints, moved)
            }
        }
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertFalse(try Checkpoint.steps(in: moved).isEmpty)
        XCTAssertEqual(try Checkpoint.steps(in: checkpoints).count, 2)
        try assertEqualWeights(command)
    }

    /// The file system becomes read-only while the run goes on: each checkpoint costs a warning, the run nothing.
    func testTheDirectoryOfCheckpointsBecomesReadOnly() throws {
        let command = try EntrainCommand()
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: "/bin/sh")
        probe.arguments = ["-c", "unshare --mount sh -c 'mount -t tmpfs none /mnt && mount -o remount,ro /mnt'"]
        try XCTSkipIf(try Launcher.run(probe, limit: 10).status != 0, "may not mount a file system")
        try command.write("run.yaml", experiment + "checkpoint: {steps: 100}\n")
        try command.succeed(ranks: 2, ["train", "run.yaml", "--output", "whole"], limit: 120)
        try FileManager.default.createDirectory(
            atPath: command.path("run/checkpoints"), withIntermediateDirectories: true)
        let process = command.process(ranks: 2, ["train", "run.yaml", "--output", "run"])
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.currentDirectoryURL = process.currentDirectoryURL
        shell.environment = process.environment
        // Refused as long as a checkpoint is being written.
        let script = """
            mount -t tmpfs none run/checkpoints || exit 90
            "$@" & job=$!
            until ls run/checkpoints | grep -q "^step-[0-9]*$" && mount -o remount,ro run/checkpoints; do
                kill -0 $job || exit 91
            done
            wait $job; status=$?
            ls run/checkpoints
            exit $status
            """
        shell.arguments =
            ["-c", "exec unshare --mount sh -c '\(script)' sh \"$@\"", "sh", process.executableURL!.path]
            + process.arguments!
        let outcome = try Launcher.run(shell, limit: 120)
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        let warnings = outcome.standardError.split(separator: "\n").filter { $0.contains("no checkpoint: ") }
        XCTAssertEqual(warnings.count, 1, outcome.standardError)
        for warning in warnings {
            XCTAssertNotNil(
                warning.firstMatch(
                    of:
                        /no checkpoint: run.checkpoints.step-\d{9}\.\d+\.partial(.[a-z.]+)?: cannot create: Read-only file system; the one before it stands, and the next is tried/
                ), "\(warning)")
        }
        XCTAssertTrue(outcome.standardOutput.contains("step-000000"), outcome.standardOutput)
        // A part of one is there where the file system changed between the making of its directory and of the first file in it.
        if !outcome.standardError.contains(".partial/") {
            XCTAssertFalse(outcome.standardOutput.contains("partial"), outcome.standardOutput)
        }
        try assertEqualWeights(command)
    }

    private func assertEqualWeights(_ command: EntrainCommand, line: UInt = #line) throws {
        for file in ["model.safetensors", "steps.csv"] {
            XCTAssertEqual(
                try Data(contentsOf: URL(fileURLWithPath: command.path("whole/\(file)"))),
                try Data(contentsOf: URL(fileURLWithPath: command.path("run/\(file)"))), file, line: line)
        }
    }

    /// 75 says that a run can be gone on with: not where the checkpoint could not be kept.
    func testARunThatIsToldToEndAndCannotKeepACheckpointHasFailed() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        try FileManager.default.createDirectory(atPath: command.path("run"), withIntermediateDirectories: true)
        try command.write("run/checkpoints", "in the way")
        let file = command.path("run/steps.csv")
        let process = command.process(
            ranks: 2, ["train", "run.yaml", "--output", "run", "--set", "training.epochs=1000000"])
        let outcome = try Launcher.run(process, limit: 60) { launcher in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { ResumeCommandTests.lastStep(in: file) ?? 0 > 100 }
                ResumeCommandTests.send(SIGTERM, toChild: 1, of: launcher)
            }
        }
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        let errors = command.errors(outcome)
        XCTAssertEqual(errors.count, 1, outcome.standardError)
        let step = try XCTUnwrap(ResumeCommandTests.lastStep(in: file))
        let told = "interrupted after step \(step) of 45000000, and no checkpoint of it: run/checkpoints/step-"
        XCTAssertTrue(
            errors.first?.hasPrefix("[rank 0/2 on \(command.host)] \(told)") == true
                && errors.first?.hasSuffix("; there is no checkpoint before it") == true, outcome.standardError)
        XCTAssertEqual(command.processes(), [])
    }

    // MARK: - Suspension

    /// All ranks stop for longer than the limit, as batch systems suspend a job, and go on one after the other.
    func testARunThatIsSuspendedGoesOn() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let file = command.path("run/steps.csv")
        let arguments = ["train", "run.yaml", "--output", "run", "--stall-limit", "2"]
        let process = command.process(ranks: 3, arguments + ["--set", "training.epochs=1000000"])
        let outcome = try Launcher.run(process, limit: 60) { launcher in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { ResumeCommandTests.lastStep(in: file) ?? 0 > 100 }
                let ranks = ResumeCommandTests.children(of: launcher)
                // The others are waiting for the first one when they are stopped.
                for rank in ranks.reversed() {
                    kill(rank, SIGSTOP)
                    usleep(200_000)
                }
                sleep(3)
                for rank in ranks {
                    kill(rank, SIGCONT)
                    usleep(300_000)
                }
                let done = ResumeCommandTests.lastStep(in: file) ?? 0
                ResumeCommandTests.wait { ResumeCommandTests.lastStep(in: file) ?? 0 > done + 100 }
                ResumeCommandTests.send(SIGTERM, toChild: 0, of: launcher)
            }
        }
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
        XCTAssertFalse(outcome.standardError.contains("does not run"), outcome.standardError)
        XCTAssertFalse(outcome.standardError.contains("have waited"), outcome.standardError)
    }

    // MARK: - Many kills

    /// The short form of the campaign of `Benchmarks/faults`.
    func testRanksThatAreKilledAtRandomCostNothing() throws {
        let command = try EntrainCommand()
        guard let python = Launcher.find("python3") else { throw XCTSkip("no python3 is installed") }
        try XCTSkipIf(Launcher.find("mpirun.openmpi") == nil, "the campaign starts Open MPI")
        let process = command.process(ranks: nil, [])
        process.executableURL = python
        process.arguments = [
            EntrainCommand.configuration("../Benchmarks/faults/campaign.py"), "--program", entrain(), "--kills", "6",
            "--ranks", "1", "2", "--delay", "0.1", "0.6",
        ]
        process.arguments! += ["training.epochs=100", "learningRate.bounds.min=0.001", "learningRate.bounds.max=0.02"]
            .flatMap { ["--set", $0] }
        let outcome = try Launcher.run(process, limit: 300)
        XCTAssertEqual(outcome.status, 0, outcome.standardError + outcome.standardOutput)
        let rows = outcome.standardOutput.split(separator: "\n")
        // Each of six kinds, in an order that chance makes.
        XCTAssertEqual(rows.filter { $0.hasPrefix("| SIG") && $0.hasSuffix(" | 1 |") }.count, 6, outcome.standardOutput)
        XCTAssertNotNil(
            rows.last?.firstMatch(of: /^\| 1 or 2 \| [1-9] \| \d+ \| 6 \| \d \| 0 \| 0 \| 0 \| equal \|$/),
            outcome.standardOutput)
        XCTAssertEqual(command.processes(), [])
    }
}
