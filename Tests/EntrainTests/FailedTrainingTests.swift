import Dispatch
import Foundation
import MPITestSupport
import Training
import XCTest

/// A training that fails after it has begun.
final class FailedTrainingTests: XCTestCase {
    func testALossThatIsNotFiniteEndsTheRunWithoutWeights() throws {
        let command = try EntrainCommand()
        for ranks in 1...2 {
            let run = "run-\(ranks)"
            let outcome = try command.run(
                ranks: ranks,
                ["train", EntrainCommand.digits, "--output", run]
                    + ["learningRate.schedule=constant", "learningRate.rate=1e6", "output.stepsLog=true"].flatMap {
                        ["--set", $0]
                    })
            XCTAssertEqual(outcome.status, 1)
            let errors = command.errors(outcome)
            XCTAssertEqual(errors.count, 1, outcome.standardError)
            XCTAssertNotNil(
                errors.first?.firstMatch(
                    of:
                        /^\[rank 0\/\d on \S+\] the loss of \d+ samples is not finite at step \d+ \(epoch .*, rate 1000000/
                ),
                outcome.standardError)
            XCTAssertEqual(
                command.files(in: run), ["configuration.yaml", "metrics.jsonl", "primitives.json", "steps.csv"])
            // The header and the steps before the failure.
            let steps = try String(contentsOfFile: command.path("\(run)/steps.csv"), encoding: .utf8)
            XCTAssertGreaterThanOrEqual(steps.split(separator: "\n").count, 2, steps)
            XCTAssertNoThrow(try MetricsLog.read(path: command.path("\(run)/metrics.jsonl")))
        }
    }

    func testARankThatIsKilledEndsTheJob() throws {
        let command = try EntrainCommand()
        let process = command.process(
            ranks: 2,
            ["train", EntrainCommand.digits, "--output", "run"]
                + ["training.epochs=1000000", "output.plot=false"].flatMap { ["--set", $0] })
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let watchdog = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watchdog)
        defer { watchdog.cancel() }

        // The first output is the table of cycles: the ranks are training.
        XCTAssertFalse(output.fileHandleForReading.availableData.isEmpty)
        let ranks = Self.descendants(of: process.processIdentifier).filter { Self.name(of: $0) == "entrain" }
        XCTAssertEqual(ranks.count, 2)
        if let victim = ranks.last { kill(victim, SIGKILL) } else { process.terminate() }
        // Ends when the last process that holds the pipe has ended.
        _ = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        XCTAssertEqual(process.terminationReason, .exit, "the watchdog ended the job")
        XCTAssertNotEqual(process.terminationStatus, 0)
        // The launcher may end a moment before the kernel has ended the ranks that it killed.
        let deadline = ContinuousClock.now + .seconds(20)
        while ranks.contains(where: Self.isRunning), ContinuousClock.now < deadline { sched_yield() }
        for rank in ranks { XCTAssertFalse(Self.isRunning(rank), "rank \(rank) still runs") }
        XCTAssertEqual(command.files(in: "run").filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".partial") }, [])
        XCTAssertFalse(try MetricsLog.read(path: command.path("run/metrics.jsonl")).isEmpty)
    }

    private static func descendants(of process: Int32) -> [Int32] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        let children = tasks.flatMap { task in
            ((try? String(contentsOfFile: "/proc/\(process)/task/\(task)/children", encoding: .utf8)) ?? "")
                .split(separator: " ").compactMap { Int32($0) }
        }
        return children + children.flatMap(descendants)
    }

    /// A process that has ended but that nobody has waited for has the state Z (proc(5)).
    private static func isRunning(_ rank: Int32) -> Bool {
        guard name(of: rank) == "entrain",
            let status = try? String(contentsOfFile: "/proc/\(rank)/stat", encoding: .utf8)
        else { return false }
        return !status.contains("(entrain) Z")
    }

    private static func name(of process: Int32) -> String? {
        try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
    }
}
