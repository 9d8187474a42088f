import Foundation
import MPITestSupport
import XCTest

/// `entrain keys` and what is left out by an override.
final class KeysCommandTests: XCTestCase {
    func testKeysOfASectionAndOfOneChoice() throws {
        let command = try EntrainCommand()
        let outcome = try command.run(ranks: 2, ["keys", "training.batch"])
        XCTAssertEqual(
            outcome.standardOutput,
            """
            training.batch: an integer of at least 1, in samples; default 128
                global batch, shared by all ranks

            """)
        XCTAssertEqual(
            try command.run(ranks: nil, ["keys", "optimizer.rmsprop"]).standardOutput.split(separator: "\n").first,
            "  with optimizer.name: rmsprop")
        let unknown = try command.run(ranks: 2, ["keys", "optimizer.lr"])
        XCTAssertNotEqual(unknown.status, 0)
        let lines = unknown.standardError.split(separator: "\n").filter { $0.contains("lr") }
        XCTAssertEqual(lines.count, 1, unknown.standardError)
        XCTAssertTrue(
            unknown.standardError.contains("keys: optimizer.lr: unknown key; did you mean learningRate.rate?"),
            unknown.standardError)
    }

    /// The schema takes every configuration that there is, and no wrong key, value or key of another choice.
    func testTheSchemaIsOfWhatIsRead() throws {
        let python = ProcessInfo.processInfo.environment["ENTRAIN_PYTHON"] ?? "python3"
        let system = try PlayedBatchSystem([])
        let found = try XCTUnwrap(python.contains("/") ? python : Launcher.find(python)?.path, "no \(python)")
        let modules = try system.run(found, ["-c", "import jsonschema, yaml"])
        try XCTSkipIf(modules.status != 0, "\(found) has no jsonschema; launch/setup.sh --test installs it")
        let command = try EntrainCommand()
        let schema = try command.run(ranks: nil, ["keys", "--schema"])
        XCTAssertEqual(schema.status, 0, schema.standardError)
        try command.write("schema.json", schema.standardOutput)
        func validate(_ files: [String]) throws -> Launcher.Outcome {
            try system.run(
                found, ["\(PlayedBatchSystem.root)/Tests/Schema/validate.py", command.path("schema.json")] + files)
        }

        let configs = "\(PlayedBatchSystem.root)/configs"
        var files: [String] = []
        for folder in ["", "/compare", "/scaling"] {
            files += try FileManager.default.contentsOfDirectory(atPath: configs + folder)
                .filter { $0.hasSuffix(".yaml") }.map { "\(configs)\(folder)/\($0)" }
        }
        XCTAssertGreaterThan(files.count, 10)
        let outcome = try validate(files)
        XCTAssertEqual(outcome.status, 0, outcome.standardOutput + outcome.standardError)

        let sections = ["data: {format: digits}", "model: {preset: mlp}"]
        let resolved = try command.run(ranks: nil, ["check", "\(configs)/digits.yaml", "--print"])
        try command.write("resolved.yaml", resolved.standardOutput)
        let whole = try validate([command.path("resolved.yaml")])
        XCTAssertEqual(whole.status, 0, whole.standardOutput + whole.standardError)

        func validate(_ section: String) throws -> Launcher.Outcome {
            let others = sections.filter { $0.prefix { $0 != ":" } != section.prefix { $0 != ":" } }
            try command.write("section.yaml", (others + [section]).joined(separator: "\n"))
            return try validate([command.path("section.yaml")])
        }
        for right in [
            "model: {layers: [flatten, {dense: 32}, relu, {dropout: 0.5}, {repeat: {times: 2, layers: [{dense: 10}]}}]}",
            "model: {preset: mlp, activation: {leakyRelu: 0.1}}",
            "optimizer: {name: sgd, momentum: 0.5, clipNorm: null}",
            "learningRate: {form: gain, target: 0.3, threshold: null}",
            "learningRate: {schedule: cyclical, mode: exp-range, factor: 0.9}",
            "learningRate: {rangeTest: {steps: 100}}",
            "averaging: {form: exponential, decay: 0.9}",
            "data: {format: csv, train: {file: a}, test: null, split: {testFraction: 0.5}}",
        ] {
            let outcome = try validate(right)
            XCTAssertEqual(outcome.status, 0, "\(right): \(outcome.standardOutput)\(outcome.standardError)")
        }
        for (wrong, reason) in [
            ("reduction: {bukcet: 64}", "'bukcet' was unexpected"),
            ("reduction: {bucket: 63}", "63 is less than the minimum of 64"),
            ("reduction: {overlap: maybe}", "'maybe' is not one of"),
            ("reduction: {sharedMemory: yes}", "'yes' is not of type 'boolean'"),
            ("averaging: {decay: 1}", "1 is greater than or equal to the maximum of 1"),
            ("data: {format: digits, classNames: [a, b]}", "'classNames' was unexpected"),
            ("data: {format: idx, train: {images: x, labels: y}}", "'test' is a required property"),
            ("optimizer: {name: adam, momentum: 0.5}", "'momentum' was unexpected"),
            ("optimizer: {beta1: 0.5}", "'beta1' was unexpected"),
            (
                "learningRate: {schedule: joined, parts: [{epochs: 1, schedule: cosine}, {schedule: step, power: 2}]}",
                "'power' was unexpected"
            ),
            ("learningRate: {target: 0.3}", "$.learningRate.target: 0.3 is not of type 'null'"),
            ("learningRate: {form: level, target: 0.3}", "$.learningRate.target: 0.3 is not of type 'null'"),
            ("learningRate: {schedule: cyclical, factor: 0.9}", "$.learningRate.factor: 0.9 is not of type 'null'"),
            ("learningRate: {search: trials, rangeTest: {steps: 100}}", "{'steps': 100} is not of type 'null'"),
            ("averaging: {form: none, decay: 0.9}", "$.averaging.decay: 0.9 is not of type 'null'"),
            (
                "data: {format: csv, train: {file: a}, test: {file: b}, split: {testFraction: 0.5}}",
                "$.data.split: {'testFraction': 0.5} is not of type 'null'"
            ),
        ] {
            let outcome = try validate(wrong)
            XCTAssertEqual(outcome.status, 1, "\(wrong): \(outcome.standardError)")
            XCTAssertTrue(outcome.standardOutput.contains(reason), "\(wrong): \(outcome.standardOutput)")
        }
    }

    /// Prints the whole configuration, which reads back to itself; what the override makes of no use is told by one
    /// rank.
    func testCheckPrintsTheResolvedConfiguration() throws {
        let command = try EntrainCommand()
        try command.write(
            "c.yaml",
            "data: {format: digits}\nmodel: {preset: mlp}\noptimizer: {name: sgd, momentum: 0.5, clipNorm: 2}\n")
        let outcome = try command.run(ranks: 2, ["check", "c.yaml", "--print", "--set", "optimizer.name=adamw"])
        XCTAssertEqual(outcome.status, 0, outcome.standardError)
        XCTAssertTrue(outcome.standardOutput.contains("\noptimizer:\n  name: adamw\n"), outcome.standardOutput)
        XCTAssertTrue(outcome.standardOutput.contains("  clipNorm: 2.0\n"), outcome.standardOutput)
        let note =
            "c.yaml:3:24: optimizer.momentum: left out: belongs to optimizer sgd, but the optimizer is adamw "
            + "(--set optimizer.name=adamw)\n"
        XCTAssertEqual(outcome.standardError.components(separatedBy: note).count, 2, outcome.standardError)
        try command.write("resolved.yaml", outcome.standardOutput)
        let again = try command.run(ranks: nil, ["check", "resolved.yaml", "--print"])
        XCTAssertEqual(again.standardOutput, outcome.standardOutput)
    }
}
