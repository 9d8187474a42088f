import Dispatch
import Foundation
import MPITestSupport
import Runs
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
                ["train", EntrainCommand.digits, "--output", run, "--trace", "\(run).json"]
                    + ["learningRate.schedule=constant", "learningRate.rate=1e6", "output.stepsLog=true"].flatMap {
                        ["--set", $0]
                    })
            XCTAssertEqual(outcome.status, 1)
            let errors = command.errors(outcome)
            XCTAssertEqual(errors.count, 1, outcome.standardError)
            XCTAssertTrue(
                outcome.standardError.contains("about the step: \(run)/failure.json\n"), outcome.standardError)
            XCTAssertNotNil(
                errors.first?.firstMatch(
                    of:
                        /^\[rank 0\/\d on \S+\] the loss of \d+ samples is not finite at step \d+ \(epoch .*, rate 1000000/
                ),
                outcome.standardError)
            XCTAssertEqual(
                command.files(in: run),
                ["configuration.yaml", "failure.json", "metrics.jsonl", "primitives.json", "steps.csv"])
            // The header and the steps before the failure.
            let steps = try String(contentsOfFile: command.path("\(run)/steps.csv"), encoding: .utf8)
            XCTAssertGreaterThanOrEqual(steps.split(separator: "\n").count, 2, steps)
            XCTAssertNoThrow(try MetricsLog.read(path: command.path("\(run)/metrics.jsonl")))
            // The timeline of what led to the failure, of all ranks.
            let trace = try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: command.path("\(run).json"))))
            let events = try XCTUnwrap((trace as? [String: Any])?["traceEvents"] as? [[String: Any]])
            for rank in 0..<ranks {
                XCTAssertTrue(
                    events.contains { $0["pid"] as? Int == rank && $0["name"] as? String == "backward" },
                    "rank \(rank) of \(ranks)")
            }
        }
    }

    /// A table in which one row of the training set has numbers that overflow.
    private func writeTable(_ command: EntrainCommand) throws {
        var text = ""
        for row in 0..<240 {
            let label = row % 2
            let size = row == 37 ? "3e38" : "\(Double(label) + Double(row * 7 % 10) / 20)"
            text += "\(size),\(size),\(label)\n"
        }
        try command.write("table.csv", text)
        try command.write(
            "table.yaml",
            """
            data: {format: csv, train: {file: table.csv}, split: {trainingRows: 200}, csv: {header: no, label: 2}, standardize: false}
            model: {layers: [{dense: {units: 8}}, batchNormalization, relu, {dense: {units: 2}}]}
            training: {batch: 20, epochs: 4}
            learningRate: {schedule: constant, rate: 0.05}
            output: {plot: false, stepsLog: true}

            """)
    }

    func testTheStepThatEndsARunLeavesItsEvidence() throws {
        let command = try EntrainCommand()
        try writeTable(command)
        let model = "model={layers: [{dense: {units: 8}}, relu, {dense: {units: 2}}]}"
        let outcome = try command.run(
            ranks: 2, ["train", "table.yaml", "--data", ".", "--output", "run", "--set", model])
        XCTAssertEqual(outcome.status, 1)
        let evidence = try JSONDecoder().decode(
            StepEvidence.self, from: Data(contentsOf: URL(fileURLWithPath: command.path("run/failure.json"))))
        XCTAssertEqual(evidence.samples.map(\.index), [37])
        XCTAssertEqual(evidence.samples.map(\.label), [1])
        XCTAssertEqual(evidence.sampleCount, 1)
        XCTAssertLessThan(evidence.step, 10)
        XCTAssertTrue(evidence.reason.hasPrefix("the loss of 1 sample is not finite at step \(evidence.step) "))
        let weight = try XCTUnwrap(evidence.tensors.first { $0.name == "0.weight" })
        XCTAssertEqual(weight.parameters.notFinite, 0)
        XCTAssertGreaterThan(weight.gradient.notFinite, 0)
    }

    func testAStepThatIsNotFiniteIsSkipped() throws {
        let command = try EntrainCommand()
        try writeTable(command)
        for ranks in [1, 2] {
            let run = "run-\(ranks)"
            let outcome = try command.succeed(
                ranks: ranks,
                ["train", "table.yaml", "--data", ".", "--output", run, "--set", "training.nonFinite=skip"])
            let share = "skipped, since a loss or the gradient was not finite (training.nonFinite: skip)"
            XCTAssertEqual(
                outcome.standardError.split(separator: "\n").filter { $0.contains("skipped") }.map(String.init),
                (1...4).map { "warning: cycle \($0): 1 of 10 steps \(share)" } + [
                    "warning: in all 4 of 40 steps \(share)"
                ])
            let metrics = try MetricsLog.read(path: command.path("\(run)/metrics.jsonl"))
            XCTAssertEqual(metrics.count, 4)
            for line in metrics {
                let loss = try XCTUnwrap(line.train?.loss)
                XCTAssertTrue(loss.isFinite && loss > 0 && loss < 2, "\(loss)")
            }
            // Running statistics too are as if the step had not been.
            XCTAssertGreaterThan(try XCTUnwrap(metrics.last?.test?.accuracy), 0.9)
        }
    }

    func testARunWhoseStepsAreAllSkippedFails() throws {
        let command = try EntrainCommand()
        try writeTable(command)
        let text = try String(contentsOfFile: command.path("table.csv"), encoding: .utf8)
        // Every batch of 20 has such a row.
        let rows = text.split(separator: "\n").enumerated().map { $0 % 3 == 0 ? "3e38,3e38,\($0 % 2)" : String($1) }
        try command.write("table.csv", rows.joined(separator: "\n"))
        let cause =
            "skipped, since a loss or the gradient was not finite (training.nonFinite: skip): nothing is learnt; lower the rate "
            + "(learningRate.rate or bounds.max), clip the gradient (optimizer.clipNorm), or check the data for extreme values"
        for (settings, words) in [
            ([], "10 steps of cycle 1"), (["training.cycle=0.1", "training.steps=3"], "3 steps of the training"),
        ] {
            let run = "run-\(settings.count)"
            let outcome = try command.run(
                ranks: 2,
                ["train", "table.yaml", "--data", ".", "--output", run]
                    + (settings + ["training.nonFinite=skip", "data.warnings=show"]).flatMap { ["--set", $0] })
            XCTAssertEqual(outcome.status, 1)
            XCTAssertEqual(
                command.errors(outcome), ["[rank 0/2 on \(command.host)] all \(words) were \(cause)"],
                outcome.standardError)
            XCTAssertFalse(command.files(in: run).contains("model.safetensors"))
        }
        // In a comparison it is a finding.
        try command.write(
            "study.yaml",
            """
            base: table.yaml
            seeds: [1]
            variations: [{name: A, set: {training.nonFinite: skip}}]

            """)
        let outcome = try command.run(
            ranks: 1, ["compare", "study.yaml", "--data", ".", "--set", "output.stepsLog=false"])
        XCTAssertEqual(outcome.status, 1)
        XCTAssertEqual(
            command.errors(outcome),
            [
                "[rank 0/1 on \(command.host)] all runs on study failed, the first one: all 10 steps of cycle 1 were \(cause); there is "
                    + "nothing to compare"
            ], outcome.standardError)
    }

    func testARunRollsBackToLowerRatesUntilItsNumbersAreFinite() throws {
        let command = try EntrainCommand()
        let settings = [
            "training.nonFinite=roll-back", "training.rollBackFactor=0.01", "learningRate.schedule=constant",
            "learningRate.rate=1e6", "output.stepsLog=true", "checkpoint.steps=20",
        ].flatMap { ["--set", $0] }
        for ranks in 1...2 {
            let run = "run-\(ranks)"
            let outcome = try command.succeed(
                ranks: ranks, ["train", EntrainCommand.digits, "--output", run] + settings)
            let notes = outcome.standardError.split(separator: "\n").filter { $0.contains("rolled back to step ") }
            XCTAssertGreaterThanOrEqual(notes.count, 1, outcome.standardError)
            XCTAssertTrue(
                notes.first?.contains("rolled back to step 0, with all rates times 0.01") == true, outcome.standardError
            )
            let metrics = try MetricsLog.read(path: command.path("\(run)/metrics.jsonl"))
            // Each cycle once.
            XCTAssertEqual(
                metrics.map(\.step),
                Array(stride(from: metrics[0].step, through: metrics.last!.step, by: metrics[0].step)))
            XCTAssertLessThan(metrics.last!.rate, 1e6)
            let steps = try String(contentsOfFile: command.path("\(run)/steps.csv"), encoding: .utf8)
            XCTAssertEqual(steps.split(separator: "\n").count, 1 + metrics.last!.step)
        }
        // What no rate helps ends after ten times.
        try writeTable(command)
        let outcome = try command.run(
            ranks: 1,
            ["train", "table.yaml", "--data", ".", "--output", "never", "--set", "training.nonFinite=roll-back"])
        XCTAssertEqual(outcome.status, 1)
        XCTAssertEqual(
            outcome.standardError.components(separatedBy: "rolled back to step 0,").count, 11, outcome.standardError)
        XCTAssertTrue(command.files(in: "never").contains("failure.json"))
    }

    func testTooLittleMemoryEndsTheJobWithALine() throws {
        try XCTSkipIf(
            ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil,
            "the address sanitizer reserves more memory than the limit of this test")
        let command = try EntrainCommand()
        let process = command.process(
            ranks: 2,
            ["train", EntrainCommand.digits, "--output", "run", "--set", "model.hidden=[16384, 16384]"])
        let limited = Process()
        limited.executableURL = URL(fileURLWithPath: "/bin/bash")
        limited.currentDirectoryURL = process.currentDirectoryURL
        limited.environment = process.environment
        // Address space of each process, in KiB: a layer of 16,384 × 16,384 has 1 GiB.
        limited.arguments =
            ["-c", "ulimit -v 3000000; exec \"$@\"", "bash", process.executableURL!.path] + process.arguments!
        let outcome = try Launcher.run(limited, limit: 60)
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        let errors = command.errors(outcome)
        XCTAssertGreaterThanOrEqual(errors.count, 1, outcome.standardError)
        XCTAssertTrue(
            errors.first?.contains(" MiB: is there as much memory, and room in /dev/shm") == true, outcome.standardError
        )
        XCTAssertEqual(command.files(in: "run"), [])
        XCTAssertEqual(command.processes(), [])
    }

    /// A container's shared memory that is too small for the parameters, which MPI libraries wait in for ever.
    func testTooLittleSharedMemoryEndsTheJobWithALine() throws {
        let command = try EntrainCommand()
        let outcome = try command.runWithLittleSharedMemory(
            ranks: 2, ["train", EntrainCommand.digits, "--output", "run", "--set", "model.hidden=[4096, 4096]"])
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        let errors = command.errors(outcome)
        XCTAssertEqual(errors.count, 1, outcome.standardError)
        let told = /2 ranks of this machine asked for \d+ MiB of shared memory, \d+ MiB are free in .dev.shm; allow/
        XCTAssertNotNil(errors.first?.firstMatch(of: told), outcome.standardError)
        XCTAssertEqual(command.processes(), [])
    }

    func testARankThatDoesNotRunIsNamed() throws {
        let command = try EntrainCommand()
        let process = command.process(
            ranks: 3,
            ["train", EntrainCommand.digits, "--output", "run", "--stall-limit", "2"]
                + ["training.epochs=1000000", "output.plot=false"].flatMap { ["--set", $0] })
        let metrics = command.path("run/metrics.jsonl")
        let outcome = try Launcher.run(process, limit: 60) { launcher in
            DispatchQueue.global().async {
                for _ in 0..<2000 {
                    if (try? MetricsLog.read(path: metrics))?.isEmpty == false { break }
                    usleep(10_000)
                }
                let ranks = Self.descendants(of: launcher).filter { Self.name(of: $0) == "entrain" }.sorted()
                if ranks.count == 3 { kill(ranks[1], SIGSTOP) }
            }
        }
        XCTAssertEqual(outcome.status, 1)
        let errors = command.errors(outcome)
        XCTAssertEqual(errors.count, 1, outcome.standardError)
        let named = /^\[rank 0.3 on \S+\] rank 1 on \S+ does not run, .* have waited for \d s in MPI_\w+; the run ends;/
        XCTAssertNotNil(errors.first?.firstMatch(of: named), outcome.standardError)
        XCTAssertEqual(command.processes(), [])
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
    fileprivate static func isRunning(_ rank: Int32) -> Bool {
        guard name(of: rank) == "entrain",
            let status = try? String(contentsOfFile: "/proc/\(rank)/stat", encoding: .utf8)
        else { return false }
        return !status.contains("(entrain) Z")
    }

    fileprivate static func name(of process: Int32) -> String? {
        try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
    }
}

extension EntrainCommand {
    /// The processes that still work in the folder, after the kernel has had time to end those it killed.
    func processes() -> [Int32] {
        var found: [Int32] = []
        for _ in 0..<500 {
            let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            found = all.compactMap { Int32($0) }.filter { process in
                FailedTrainingTests.isRunning(process)
                    && (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")) == folder
            }
            if found.isEmpty { break }
            usleep(20_000)
        }
        return found
    }
}
