import Foundation
import MPITestSupport
import XCTest

/// What the command line tells of networks: `info --model`, `--profile`, and the processor's limits.
final class ModelCommandTests: XCTestCase {
    private static let convolutional = """
        data: {format: digits}
        model:
          layers:
            - convolution: {channels: 16, kernel: 3, padding: 1, bias: false}
            - batchNormalization
            - relu
            - residual:
                branch:
                  - convolution: {channels: 16, kernel: 3, padding: 1}
            - maxPooling: {kernel: 2}
            - dropout: {rate: 0.1}
            - flatten
            - dense: {units: 10}
        training: {batch: 32, epochs: 2}
        learningRate: {schedule: constant, rate: 0.02}
        output: {plot: false}
        """

    func testInfoShowsTheLayersOfAPreset() throws {
        let command = try EntrainCommand()
        for ranks in [nil, 2] {
            let text = try command.succeed(ranks: ranks, ["info", "--model", "resnet20", "--batch", "8"]).standardOutput
            let lines = text.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
            XCTAssertEqual(lines.first?.first, "layer")
            let sum = try XCTUnwrap(lines.first { $0.first == "sum" })
            XCTAssertEqual(sum.dropFirst().map(String.init), ["269,722", "40,551,040"])
            XCTAssertTrue(text.contains("[8, 16, 32, 32]"), text)
            XCTAssertEqual(lines.count { $0.first?.hasSuffix(".branch.0") == true }, 9, text)
            XCTAssertTrue(text.contains("\nactivations and gradients of 8 samples: "), text)
        }
        for name in ["mlp", "tab-mlp", "conv1d", "conv3d", "vgg11-bn", "mobilenet-v2", "text-transformer", "mlp-mixer"]
        {
            let text = try command.succeed(ranks: nil, ["info", "--model", name, "--batch", "2"]).standardOutput
            XCTAssertTrue(text.contains("\nactivations and gradients of 2 samples: "), text)
        }
        let signal = try command.succeed(ranks: nil, ["info", "--model", "conv1d", "--shape", "3,100"]).standardOutput
        XCTAssertTrue(signal.contains("[64, 32, 100]"), signal)
        let shaped = try command.succeed(ranks: nil, ["info", "--model", "lenet5", "--shape", "3,20,24"]).standardOutput
        XCTAssertTrue(shaped.contains("[64, 6, 20, 24]"), shaped)
    }

    /// Forward, backward data, backward weights: each in its place, also where neighbours are alike or one is missing.
    func testInfoShowsEveryPass() throws {
        let command = try EntrainCommand()
        let text = try command.succeed(ranks: nil, ["info", "--model", "lenet5", "--set", "model.convolution=direct"])
            .standardOutput
        func passes(_ layer: String) throws -> [String] {
            let line = try XCTUnwrap(text.split(separator: "\n").first { $0.hasPrefix("\(layer) ") }, text)
            let parts = line.components(separatedBy: " | ")
            return [String(parts[0].split(separator: " ").last!)] + parts.dropFirst()
        }
        XCTAssertEqual(try passes("0").count, 3, text)
        XCTAssertEqual(try passes("0")[1], "–", text)
        XCTAssertEqual(try passes("2").dropFirst(), ["max pooling"], text)
        let second = try passes("3")
        XCTAssertEqual(second.count, 3, text)
        XCTAssertFalse(second.contains("–"), text)
    }

    func testInfoOfNoModelNamesThePresets() throws {
        let outcome = try EntrainCommand().run(ranks: nil, ["info", "--model", "nope"])
        XCTAssertNotEqual(outcome.status, 0)
        XCTAssertTrue(
            outcome.standardError.contains("--model: expected one of mlp, tab-mlp, lenet5, "), outcome.standardError)
        XCTAssertTrue(
            outcome.standardError.contains(", or the file of a configuration, found nope\n"), outcome.standardError)
    }

    func testInfoTakesAConfiguration() throws {
        let command = try EntrainCommand()
        try command.write("net.yaml", Self.convolutional)
        let text = try command.succeed(ranks: nil, ["info", "--model", "net.yaml"]).standardOutput
        XCTAssertTrue(text.contains("3.branch.0"), text)
        // The configuration's batch, a rank's part of it, at most a micro-batch, or what is asked for.
        XCTAssertTrue(text.contains("[32, 16, 4, 4]"), text)
        for (ranks, arguments, batch) in [
            (2, [], 16), (nil, ["--set", "training.microBatch=12"], 12), (nil, ["--batch", "5"], 5),
        ] as [(Int?, [String], Int)] {
            let text = try command.succeed(ranks: ranks, ["info", "--model", "net.yaml"] + arguments).standardOutput
            XCTAssertTrue(text.contains("[\(batch), 16, 4, 4]"), text)
            XCTAssertTrue(text.contains("\nplaces of maxima and dropout masks of \(batch) samples: "), text)
        }
        for (arguments, message) in [
            (["--model", "resnet21"], "resnet21"),
            (["--model", "lenet5", "--shape", "1,8,8"], "model.preset: lenet5 needs images of at least 12 × 12"),
            (
                ["--model", "lenet5", "--shape", "1,0"],
                "--shape: expected features, C,L or C,H,W or C,D,H,W, found 1,0"
            ),
            (["--model", "lenet5", "--batch", "0"], "--batch and --threads are at least 1"),
        ] {
            let outcome = try command.run(ranks: nil, ["info"] + arguments)
            XCTAssertNotEqual(outcome.status, 0, "\(arguments)")
            XCTAssertTrue(outcome.standardError.contains(message), "\(arguments): \(outcome.standardError)")
        }
    }

    /// What is sent on while the backward pass goes on has a line of its own, with time in it.
    func testTheProfileShowsReductionInTheBackwardPass() throws {
        let command = try EntrainCommand()
        try command.write("net.yaml", Self.convolutional)
        for (overlap, isShown) in [("on", true), ("off", false)] {
            let outcome = try command.succeed(
                ranks: 2,
                [
                    "train", "net.yaml", "--profile", "--set", "reduction.sharedMemory=false", "--set",
                    "reduction.overlap=\(overlap)", "--output", "run-\(overlap)",
                ])
            let line = try XCTUnwrap(
                outcome.standardError.split(separator: "\n").first {
                    $0.hasPrefix("reduction ") && $0.contains("in backward pass")
                }, outcome.standardError)
            let milliseconds = try XCTUnwrap(Double(line.split(separator: " ").last!))
            XCTAssertEqual(milliseconds > 0, isShown, "\(line)")
        }
    }

    func testTrainingProfilesItsSteps() throws {
        let command = try EntrainCommand()
        try command.write("net.yaml", Self.convolutional)
        for ranks in 1...2 {
            let run = "run-\(ranks)"
            let outcome = try command.succeed(
                ranks: ranks, ["train", "net.yaml", "--profile", "--output", run])
            let rows = outcome.standardError.split(separator: "\n").filter { $0.hasPrefix("3.branch.0 ") }
            XCTAssertGreaterThanOrEqual(rows.count, 3, outcome.standardError)
            XCTAssertEqual(outcome.standardError.components(separatedBy: "\npeak: ").count, 2, outcome.standardError)
            let primitives = try JSONDecoder().decode(
                [String: [String: String]].self,
                from: Data(contentsOf: URL(fileURLWithPath: command.path("\(run)/primitives.json"))))
            XCTAssertEqual(
                Set(try XCTUnwrap(primitives["3.branch.0"]).keys), ["forward", "backward data", "backward weights"])
            // Running statistics are kept with the weights, and evaluated with.
            let evaluation = try command.succeed(ranks: ranks, ["evaluate", run]).standardOutput
            let last = try String(contentsOfFile: command.path("\(run)/metrics.jsonl"), encoding: .utf8)
                .split(separator: "\n").last!
            let metrics = try XCTUnwrap(JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
            let accuracy = try XCTUnwrap((metrics["test"] as? [String: Any])?["accuracy"] as? Double)
            XCTAssertTrue(
                evaluation.contains("accuracy      \(String(format: "%.2f", 100 * accuracy)) %"),
                "\(accuracy): \(evaluation)")
            XCTAssertGreaterThan(accuracy, 0.8)
        }
    }

    /// oneDNN takes a processor for less than it is where it is told so.
    func testBFloat16NeedsAProcessorThatHasIt() throws {
        guard let found = Self.instructionSet, found >= 512 else {
            throw XCTSkip("the processor has no AVX-512 to be hidden")
        }
        let command = try EntrainCommand()
        try command.write("net.yaml", Self.convolutional)
        func train(_ instructionSet: String, _ more: [String], _ run: String) throws -> Launcher.Outcome {
            let process = command.process(
                ranks: 2, ["train", "net.yaml", "--set", "training.precision=bf16", "--output", run] + more)
            process.environment?["DNNL_MAX_CPU_ISA"] = instructionSet
            return try Launcher.run(process, limit: 60)
        }
        for (instructionSet, more, message) in [
            ("AVX512_CORE", [], "expected a processor with bfloat16 instructions"),
            ("AVX2", [], "expected a processor with AVX-512"),
            ("AVX2", ["--emulate"], "expected a processor with AVX-512"),
        ] {
            let outcome = try train(instructionSet, more, "refused")
            XCTAssertNotEqual(outcome.status, 0)
            XCTAssertEqual(
                outcome.standardError.components(separatedBy: "precision bf16: \(message)").count, 2,
                outcome.standardError)
            XCTAssertEqual(command.files(in: "refused"), [])
        }
        let emulated = try train("AVX512_CORE", ["--emulate"], "emulated")
        XCTAssertEqual(emulated.status, 0, emulated.standardError)
    }

    private static let instructionSet: Int? = {
        let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
        return text?.contains(" avx512bw ") == true ? 512 : nil
    }()
}
