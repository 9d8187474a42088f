import Foundation
import MPITestSupport
import Runs
import Synchronization
import Training
import XCTest

/// Runs that are told to end and go on.
final class ResumeCommandTests: XCTestCase {
    private let experiment = """
        data: {format: digits}
        model: {layers: [{convolution: {channels: 8, kernel: 3}}, batchNormalization, relu, flatten, {dropout: {rate: 0.2}}, {dense: {units: 10}}]}
        training: {batch: 32, epochs: 150}
        output: {plot: false, stepsLog: true}

        """

    /// Signals to one rank, each when the run has done some more steps.
    func testARunThatIsToldToEndGoesOnToTheSameWeights() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        try command.succeed(ranks: 2, ["train", "run.yaml", "--output", "whole"])
        let arguments = ["train", "run.yaml", "--output", "parts", "--resume", "auto"]
        var done = 0
        for (signal, rank) in [(SIGTERM, 0), (SIGINT, 1), (SIGUSR1, 1), (SIGHUP, 0)] {
            let file = command.path("parts/steps.csv")
            let outcome = try Launcher.run(command.process(ranks: 2, arguments), limit: 60) { [done] launcher in
                DispatchQueue.global().async {
                    Self.wait { Self.lastStep(in: file) ?? 0 > done + 200 }
                    Self.send(signal, toChild: rank, of: launcher)
                }
            }
            XCTAssertEqual(outcome.status, 75, outcome.standardError)
            let now = try XCTUnwrap(Self.lastStep(in: file))
            XCTAssertGreaterThan(now, done + 200)
            XCTAssertTrue(
                outcome.standardError.contains(
                    "interrupted after step \(now) of 6750; to go on, give the same command with --resume auto --output "
                        + "parts\n"), outcome.standardError)
            done = now
        }
        try command.succeed(ranks: 2, arguments)
        for file in ["model.safetensors", "steps.csv", "rate-trials.csv"] {
            XCTAssertEqual(
                try Data(contentsOf: URL(fileURLWithPath: command.path("whole/\(file)"))),
                try Data(contentsOf: URL(fileURLWithPath: command.path("parts/\(file)"))), file)
        }
        let lines = try String(contentsOfFile: command.path("parts/metrics.jsonl"), encoding: .utf8)
        XCTAssertEqual(lines.split(separator: "\n").count, 150)

        let again = try command.succeed(ranks: 2, arguments)
        XCTAssertTrue(again.standardError.contains("the run is complete: parts/model.safetensors"), again.standardError)
        try command.write("run.yaml", experiment.replacing("batch: 32", with: "batch: 16"))
        try command.assertRefused(
            arguments, ranks: 2, alone: false,
            "parts/configuration.yaml: training.batch: expected 32, as the run began, found 16; give it as it was, or "
                + "another directory with --output")
    }

    /// With a fixed number of shards a run goes on on any number of ranks.
    func testAReproducibleRunGoesOnOnAnotherNumberOfRanks() throws {
        let command = try EntrainCommand()
        try command.write(
            "run.yaml",
            experiment + """
                reproducible: {shards: 4}
                optimizer: {name: lamb, clipNorm: 1}
                averaging: {form: polynomial}

                """)
        try command.succeed(ranks: 1, ["train", "run.yaml", "--output", "whole"])
        let arguments = ["train", "run.yaml", "--output", "parts", "--resume", "auto"]
        let file = command.path("parts/steps.csv")
        for (ranks, steps) in [(4, 300), (1, 900), (2, 1500)] {
            let outcome = try Launcher.run(command.process(ranks: ranks, arguments), limit: 120) { launcher in
                DispatchQueue.global().async {
                    Self.wait { Self.lastStep(in: file) ?? 0 > steps }
                    Self.send(SIGTERM, toChild: 0, of: launcher)
                }
            }
            XCTAssertEqual(outcome.status, 75, outcome.standardError)
        }
        try command.succeed(ranks: 4, arguments, limit: 240)
        for file in ["model.safetensors", "steps.csv", "rate-trials.csv"] {
            XCTAssertEqual(
                try Data(contentsOf: URL(fileURLWithPath: command.path("whole/\(file)"))),
                try Data(contentsOf: URL(fileURLWithPath: command.path("parts/\(file)"))), file)
        }
        let (whole, parts) = (try Self.metrics(command, "whole"), try Self.metrics(command, "parts"))
        XCTAssertEqual(whole.count, 150)
        XCTAssertEqual(whole, parts)
    }

    /// SIGUSR2 asks for a checkpoint and lets the run go on; SIGTERM ends a range test too.
    func testACheckpointOnASignal() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let file = command.path("run/steps.csv")
        let outcome = try Launcher.run(
            command.process(ranks: 1, ["train", "run.yaml", "--output", "run"]), limit: 60
        ) { launcher in
            DispatchQueue.global().async {
                Self.wait { Self.lastStep(in: file) ?? 0 > 200 }
                Self.send(SIGUSR2, toChild: 0, of: launcher)
            }
        }
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        // That one and that of the end.
        XCTAssertEqual(command.files(in: "run/checkpoints").filter { !$0.contains("/") }.count, 2)

        let configuration = command.path("test/configuration.yaml")
        let test = ["train", "run.yaml", "--output", "test", "--set", "learningRate.rangeTest.steps=1000000"]
        let ended = try Launcher.run(command.process(ranks: 2, test), limit: 60) { launcher in
            DispatchQueue.global().async {
                Self.wait { FileManager.default.fileExists(atPath: configuration) }
                // The handlers are there when training begins, a moment after the file.
                Self.wait { Self.ignores(SIGTERM, Self.children(of: launcher)) }
                Self.send(SIGTERM, toChild: 0, of: launcher)
            }
        }
        XCTAssertEqual(ended.status, 75, ended.standardError)
        XCTAssertTrue(ended.standardError.contains("interrupted in the range test"), ended.standardError)

        let alone = ["range-test", "run.yaml", "--output", "alone", "--set", "learningRate.rangeTest.steps=1000000"]
        let begun = command.path("alone/configuration.yaml")
        let interrupted = try Launcher.run(command.process(ranks: 2, alone), limit: 60) { launcher in
            DispatchQueue.global().async {
                Self.wait { FileManager.default.fileExists(atPath: begun) }
                Self.send(SIGUSR1, toChild: 1, of: launcher)
            }
        }
        XCTAssertEqual(interrupted.status, 75, interrupted.standardError)
        XCTAssertTrue(interrupted.standardError.contains("interrupted in the range test"), interrupted.standardError)
    }

    /// A signal that comes while the data are read ends the run, to be gone on with, after its first step.
    func testASignalWhileDataAreLoaded() throws {
        let command = try EntrainCommand()
        // Long to read.
        let rows = (0..<1000).map { row in (0..<12).map { "0.\(row * 7919 % (997 + $0))" }.joined(separator: ",") }
        let block = rows.enumerated().map { "\($0 % 2),\($1)\n" }.joined()
        try command.write("table.csv", String(repeating: block, count: 400))
        try command.write(
            "table.yaml",
            """
            data: {format: csv, train: {file: table.csv}, split: {trainingRows: 399000}, csv: {header: no, label: 0}}
            model: {preset: mlp, hidden: [8]}
            training: {batch: 20, epochs: 4}
            learningRate: {schedule: constant, rate: 0.05}
            output: {plot: false}

            """)
        let configuration = command.path("run/configuration.yaml")
        let hasBegun = Mutex(true)
        let outcome = try Launcher.run(
            command.process(
                ranks: 1, ["train", "table.yaml", "--data", ".", "--output", "run", "--resume", "auto"]), limit: 60
        ) { launcher in
            DispatchQueue.global().async {
                Self.wait { Self.ignores(SIGTERM, Self.children(of: launcher)) }
                let begun = FileManager.default.fileExists(atPath: configuration)
                hasBegun.withLock { $0 = begun }
                Self.send(SIGTERM, toChild: 0, of: launcher)
            }
        }
        XCTAssertEqual(outcome.status, 75, outcome.standardError)
        XCTAssertTrue(outcome.standardError.contains("interrupted after step 1 of "), outcome.standardError)
        XCTAssertFalse(hasBegun.withLock { $0 }, "signals are heeded only when the data are there")
    }

    /// What computes the layers and the data are those that the run began with.
    func testARunGoesOnWithWhatItBegan() throws {
        let command = try EntrainCommand()
        let rows = (0..<300).map { "\($0 % 3),\($0 % 3 * 2 + $0 * 7 % 3),\($0 * 5 % 7)" }
        try command.write("table.csv", rows.joined(separator: "\n"))
        try command.write(
            "table.yaml",
            """
            data: {format: csv, train: {file: table.csv}, split: {trainingRows: 250}, csv: {header: no, label: 0}}
            model: {preset: mlp, hidden: [8]}
            training: {batch: 20, epochs: 3}
            learningRate: {schedule: constant, rate: 0.05}
            output: {plot: false}
            checkpoint: {cycle: true}

            """)
        try command.write(
            "run.yaml", experiment.replacing("epochs: 150", with: "epochs: 3") + "checkpoint: {cycle: true}\n")
        func resume(_ name: String, ranks: Int, limited set: String? = nil) throws -> Launcher.Outcome {
            // As if it had been interrupted after the last checkpoint.
            try? FileManager.default.removeItem(atPath: command.path("\(name)/model.safetensors"))
            let process = command.process(
                ranks: ranks,
                ["train", "\(name).yaml", "--data", ".", "--output", name, "--resume", "auto"])
            if let set { process.environment?["DNNL_MAX_CPU_ISA"] = set }
            return try Launcher.run(process, limit: 60)
        }
        func contents(_ name: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: command.path(name))) }

        try command.succeed(ranks: 1, ["train", "run.yaml", "--output", "run"])
        let (weights, primitives) = (try contents("run/model.safetensors"), try contents("run/primitives.json"))
        // Fewer instructions than the run began with, where there are fewer.
        let found = String(decoding: primitives, as: UTF8.self)
        if let lower = found.contains("avx512") ? "AVX2" : found.contains("avx") ? "SSE41" : nil {
            let refused = try resume("run", ranks: 1, limited: lower)
            XCTAssertEqual(refused.status, 1, refused.standardError)
            let error = command.errors(refused).first ?? ""
            XCTAssertEqual(command.errors(refused).count, 1, refused.standardError)
            // Names of primitives have spaces in them: "sample blocks".
            let named =
                /run\/checkpoints\/step-\d+: expected .+ \(.+\) for the [\w ]+ pass of layer \S+, as the run began, found .+ \(.+\); go on with/
            XCTAssertNotNil(error.firstMatch(of: named), error)
            XCTAssertEqual(try contents("run/primitives.json"), primitives)
        }
        let same = try resume("run", ranks: 1)
        XCTAssertEqual(same.status, 0, same.standardError)
        XCTAssertEqual(try contents("run/model.safetensors"), weights)
        let more = try resume("run", ranks: 3)
        XCTAssertEqual(more.status, 0, more.standardError)
        XCTAssertTrue(more.standardError.contains("continuing after step"), more.standardError)
        XCTAssertEqual(try contents("run/primitives.json"), primitives)

        try command.succeed(ranks: 1, ["train", "table.yaml", "--data", ".", "--output", "table"])
        for changed in [77, 280] {
            var other = rows
            other[changed] = "\(changed % 3),9,9"
            try command.write("table.csv", other.joined(separator: "\n"))
            for ranks in 1...2 {
                let outcome = try resume("table", ranks: ranks)
                XCTAssertEqual(outcome.status, 1, outcome.standardError)
                let error = command.errors(outcome).first ?? ""
                let set = changed < 250 ? "training set" : "test set"
                XCTAssertTrue(error.contains(": expected the \(set)"), error)
                XCTAssertTrue(error.contains(" that the run began with, "), error)
                XCTAssertTrue(error.contains("; give it the same files"), error)
            }
        }
        try command.write("table.csv", rows.joined(separator: "\n"))
        XCTAssertEqual(try resume("table", ranks: 2).status, 0)
    }

    /// A checkpoint that is damaged is passed over; without another one it is an error.
    func testADamagedCheckpointIsNotTakenForAGoodOne() throws {
        let command = try EntrainCommand()
        try command.write(
            "run.yaml", experiment.replacing("epochs: 150", with: "epochs: 40") + "checkpoint: {cycle: true}\n")
        try command.succeed(ranks: 1, ["train", "run.yaml", "--output", "run"])
        let weights = try Data(contentsOf: URL(fileURLWithPath: command.path("run/model.safetensors")))
        func damage(_ name: String, bit: UInt8) throws {
            let file = URL(fileURLWithPath: command.path("run/checkpoints/\(name)/tensors.safetensors"))
            var bytes = try Data(contentsOf: file)
            bytes[bytes.count / 2] ^= bit
            try bytes.write(to: file)
        }
        func resume() throws -> Launcher.Outcome {
            try FileManager.default.removeItem(atPath: command.path("run/model.safetensors"))
            return try command.run(ranks: 1, ["train", "run.yaml", "--output", "run", "--resume", "auto"])
        }
        // At the end of a cycle, or some steps later where the disk was not as fast.
        func checkpoints() -> [String] {
            command.files(in: "run/checkpoints").filter { !$0.contains("/") }.sorted()
        }
        let (older, newer) = (checkpoints()[0], checkpoints()[1])
        try damage(newer, bit: 1)
        // A process was killed as it wrote.
        try FileManager.default.createDirectory(
            atPath: command.path("run/checkpoints/\(newer).7.partial"), withIntermediateDirectories: false)
        let first = try resume()
        XCTAssertEqual(first.status, 0, first.standardError)
        XCTAssertTrue(
            first.standardError.contains("warning: run/checkpoints/\(newer): expected the files"), first.standardError)
        let step = try XCTUnwrap(Int(older.dropFirst("step-".count)))
        XCTAssertTrue(first.standardError.contains("continuing after step \(step) of 1800"), first.standardError)
        XCTAssertEqual(try Data(contentsOf: URL(fileURLWithPath: command.path("run/model.safetensors"))), weights)
        let left = checkpoints()
        XCTAssertEqual(left.filter { $0.contains(".") }, [])
        // Another bit: the one that was damaged before can be among them.
        for name in left { try damage(name, bit: 2) }
        let second = try resume()
        XCTAssertEqual(second.status, 1)
        XCTAssertTrue(
            second.standardError.contains("run/checkpoints/\(left[0]): expected the files"), second.standardError)
    }

    /// The best checkpoint is of the cycle with the highest accuracy on the validation set, whatever came after it.
    func testTheBestCheckpointStays() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment.replacing("epochs: 150", with: "epochs: 12"))
        let settings = ["data.validation=0.2", "checkpoint.best=true", "checkpoint.steps=10"].flatMap { ["--set", $0] }
        try command.succeed(ranks: 2, ["train", "run.yaml", "--output", "run"] + settings)
        let metrics = try MetricsLog.read(path: command.path("run/metrics.jsonl"))
        let best = try XCTUnwrap(metrics.compactMap { $0.validation?.accuracy }.max())
        let state = try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: command.path("run/checkpoints/best/state.json"))))
        let trainer = try XCTUnwrap((state as? [String: Any])?["trainer"] as? [String: Any])
        XCTAssertEqual(
            trainer["stepsDone"] as? Int, metrics.first { $0.validation?.accuracy == best }?.step)
        // The last two of those that a slow disk let be written.
        let steps = command.files(in: "run/checkpoints").filter { !$0.contains("/") && $0.hasPrefix("step-") }
        XCTAssertTrue((1...2).contains(steps.count), "\(steps)")
    }

    /// Where checkpoints cannot be written the training goes on, and says so.
    func testACheckpointThatCannotBeWritten() throws {
        let command = try EntrainCommand()
        try FileManager.default.createDirectory(atPath: command.path("run"), withIntermediateDirectories: true)
        try command.write("run/checkpoints", "in the way")
        let outcome = try command.succeed(
            ranks: 2,
            [
                "train", EntrainCommand.digits, "--output", "run", "--set", "checkpoint.steps=50", "--set",
                "output.plot=false",
            ]
        )
        let warnings = outcome.standardError.split(separator: "\n").filter { $0.contains("no checkpoint: ") }
        XCTAssertEqual(warnings.count, 1, outcome.standardError)
        let warning = try XCTUnwrap(warnings.first)
        XCTAssertTrue(
            warning.contains("run/checkpoints") && warning.contains("the one before it stands"), "\(warnings)")
        XCTAssertNotNil(
            outcome.standardError.firstMatch(of: /warning: the last \d+ checkpoints could not be written\n/),
            outcome.standardError)
        XCTAssertTrue(command.files(in: "run").contains("model.safetensors"))
    }

    /// A full disk costs the checkpoint; a run that cannot write its weights fails, and leaves no part of a file.
    func testAFullDisk() throws {
        let command = try EntrainCommand()
        try FileManager.default.createDirectory(atPath: command.path("small"), withIntermediateDirectories: true)
        let process = command.process(
            ranks: 2,
            ["train", EntrainCommand.digits, "--output", "small/run", "--set", "model.hidden=[512, 512]"]
                + ["checkpoint.steps=50", "output.plot=false", "training.epochs=4"].flatMap { ["--set", $0] })
        // A file system of its own, which goes with its processes.
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.currentDirectoryURL = process.currentDirectoryURL
        shell.environment = process.environment
        let mount = "mount -t tmpfs -o size=512k none small"
        shell.arguments =
            [
                "-c", "exec unshare --mount sh -c '\(mount) && \"$@\"; status=$?; ls -R small; exit $status' sh \"$@\"",
                "sh",
            ]
            + [process.executableURL!.path] + process.arguments!
        let probe = Process()
        probe.executableURL = URL(fileURLWithPath: "/bin/sh")
        probe.arguments = ["-c", "unshare --mount sh -c 'mount -t tmpfs none /mnt'"]
        try XCTSkipIf(try Launcher.run(probe, limit: 10).status != 0, "may not mount a file system")
        let outcome = try Launcher.run(shell, limit: 60)
        XCTAssertEqual(outcome.status, 1, outcome.standardError)
        XCTAssertTrue(
            outcome.standardError.contains("no checkpoint: small/run/checkpoints/step-000000050")
                && outcome.standardError.contains("No space left on device"), outcome.standardError)
        let errors = command.errors(outcome)
        XCTAssertEqual(errors.count, 1, outcome.standardError)
        XCTAssertTrue(errors.first?.contains("small/run/model.safetensors: cannot write") == true, "\(errors)")
        XCTAssertTrue(outcome.standardOutput.contains("metrics.jsonl"), outcome.standardOutput)
        XCTAssertFalse(outcome.standardOutput.contains(".partial"), outcome.standardOutput)
        XCTAssertFalse(outcome.standardOutput.contains(".safetensors"), outcome.standardOutput)
    }

    /// Ranks on unlike processors compute with what both have.
    func testUnlikeProcessorsAgree() throws {
        let command = try EntrainCommand()
        // Less than any of them has, so that they are unlike on all but the oldest.
        let limited = ["DNNL_MAX_CPU_ISA": "SSE41"]
        let short = experiment.replacing("epochs: 150", with: "epochs: 4")
        try command.write("run.yaml", short)
        let process = command.process(ranks: 1, ["train", "run.yaml", "--output", "mixed"])
        let one = process.arguments!
        guard let start = one.firstIndex(of: "-n"),
            process.executableURL!.path.contains("openmpi") || one.contains("--oversubscribe")
        else { throw XCTSkip("variables of single ranks are given to Open MPI's launcher") }
        process.arguments =
            Array(one[..<start]) + ["-x", "DNNL_MAX_CPU_ISA=SSE41"] + one[start...] + [":"] + one[start...]
        let mixed = try Launcher.run(process, limit: 60)
        XCTAssertEqual(mixed.status, 0, mixed.standardError)
        let like = command.process(ranks: 2, ["train", "run.yaml", "--output", "like"])
        like.environment?.merge(limited) { $1 }
        XCTAssertEqual(try Launcher.run(like, limit: 60).status, 0)
        for file in ["model.safetensors", "steps.csv"] {
            XCTAssertEqual(
                try Data(contentsOf: URL(fileURLWithPath: command.path("mixed/\(file)"))),
                try Data(contentsOf: URL(fileURLWithPath: command.path("like/\(file)"))), file)
        }
    }

    /// The script that starts ranks: a signal to it is one to the run, and a run that is killed is started again.
    func testTheLaunchScriptRestartsAndInterrupts() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment + "checkpoint: {steps: 100}\n")
        try command.succeed(ranks: 2, ["train", "run.yaml", "--output", "whole"])
        let script = EntrainCommand.configuration("../launch/mpirun.sh")
        let entrain = Launcher.processAlone("entrain", []).executableURL!.path
        func process(_ options: [String]) -> Process {
            let process = command.process(ranks: nil, [])
            process.executableURL = URL(fileURLWithPath: script)
            process.arguments =
                ["-n", "2"] + options + ["--", entrain, "train", "run.yaml", "--output", "run", "--resume", "auto"]
            return process
        }
        let file = command.path("run/steps.csv")
        let killed = try Launcher.run(process(["--restarts", "1"]), limit: 60) { script in
            DispatchQueue.global().async {
                Self.wait { Self.lastStep(in: file) ?? 0 > 500 }
                // The script's child is mpirun.
                if let launcher = Self.children(of: script).last { Self.send(SIGKILL, toChild: 1, of: launcher) }
                Self.wait { Self.lastStep(in: file) ?? 0 > 3000 }
                kill(script, SIGTERM)
            }
        }
        XCTAssertEqual(killed.status, 75, killed.standardError)
        XCTAssertTrue(killed.standardError.contains("again, 1 of 1\n"), killed.standardError)
        XCTAssertTrue(killed.standardError.contains("continuing after step"), killed.standardError)
        let rest = try Launcher.run(process([]), limit: 60)
        XCTAssertEqual(rest.status, 0, rest.standardError)
        for file in ["model.safetensors", "steps.csv"] {
            XCTAssertEqual(
                try Data(contentsOf: URL(fileURLWithPath: command.path("whole/\(file)"))),
                try Data(contentsOf: URL(fileURLWithPath: command.path("run/\(file)"))), file)
        }
    }

    func testResumingNeedsADirectory() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        let outcome = try command.run(ranks: nil, ["train", "run.yaml", "--resume", "auto"])
        XCTAssertEqual(outcome.status, 64)
        XCTAssertTrue(outcome.standardError.contains("--resume auto needs the run directory, --output"))
    }

    /// The lines of a run's metrics, without times.
    private static func metrics(_ command: EntrainCommand, _ run: String) throws -> [CycleMetrics] {
        try MetricsLog.read(path: command.path("\(run)/metrics.jsonl")).map {
            var line = $0
            (line.seconds, line.samplesPerSecond) = (0, 0)
            return line
        }
    }

    // MARK: - Processes

    /// Looks until something is so, for a minute at most.
    static func wait(until isSo: () -> Bool) {
        var looks = 0
        while !isSo(), looks < 6000 {
            usleep(10_000)
            looks += 1
        }
    }

    /// The last step in the file, nil where there is none.
    static func lastStep(in file: String) -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return text.split(separator: "\n").last.flatMap { Int($0.prefix { $0 != "," }) }
    }

    /// The processes that a launcher has started, in their order.
    static func children(of launcher: Int32) -> [Int32] {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { Int32($0) }.filter { value("PPid:", of: $0) == "\(launcher)" }.sorted()
    }

    /// A line of what Linux tells of a process.
    private static func value(_ key: String, of process: Int32) -> String? {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        return status.split(separator: "\n").first { $0.hasPrefix(key) }
            .map { $0.dropFirst(key.count).trimmingCharacters(in: .whitespaces) }
    }

    /// Sends a signal to one of them.
    static func send(_ signal: Int32, toChild rank: Int, of launcher: Int32) {
        let ranks = children(of: launcher)
        if ranks.indices.contains(rank) { kill(ranks[rank], signal) }
    }

    /// Whether all processes keep a signal from ending them.
    private static func ignores(_ signal: Int32, _ processes: [Int32]) -> Bool {
        !processes.isEmpty
            && processes.allSatisfy { process in
                ["SigIgn:", "SigCgt:"].contains { key in
                    let signals = value(key, of: process).flatMap { UInt64($0, radix: 16) } ?? 0
                    return signals >> UInt64(signal - 1) & 1 == 1
                }
            }
    }
}
