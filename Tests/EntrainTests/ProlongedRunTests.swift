import Foundation
import MPITestSupport
import Runs
import Training
import XCTest

/// Runs that have ended and are to be longer.
final class ProlongedRunTests: XCTestCase {
    /// Trains on 1,437 samples, 45 steps an epoch.
    private let experiment = """
        data: {format: digits}
        model: {layers: [{convolution: {channels: 4, kernel: 3}}, batchNormalization, relu, flatten, {dropout: {rate: 0.2}}, {dense: {units: 10}}]}
        training: {batch: 32, epochs: 3}
        learningRate: {rangeTest: {steps: 60}}
        output: {plot: false, stepsLog: true}

        """

    private func contents(_ command: EntrainCommand, _ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: command.path(name)))
    }

    /// The lines of a run's metrics, without times.
    private func metrics(_ command: EntrainCommand, _ run: String) throws -> [CycleMetrics] {
        try MetricsLog.read(path: command.path("\(run)/metrics.jsonl")).map {
            var line = $0
            (line.seconds, line.samplesPerSecond) = (0, 0)
            return line
        }
    }

    private func assertSameRuns(_ command: EntrainCommand, _ one: String, _ other: String, line: UInt = #line) throws {
        for file in ["model.safetensors", "configuration.yaml", "steps.csv", "range-test.csv"] {
            XCTAssertEqual(
                try contents(command, "\(one)/\(file)"), try contents(command, "\(other)/\(file)"), file, line: line)
        }
        XCTAssertEqual(try metrics(command, one), try metrics(command, other), line: line)
    }

    /// To the bits of a run that had the length from the start: where the first end cut a cycle short, where it did not, and
    /// where it was within an epoch.
    func testALongerRunIsThatOfTheLengthFromTheStart() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        for (index, (first, then)) in [
            (["training.cycle=2"], ["training.cycle=2", "training.epochs=5"]),
            ([], ["training.epochs=4", "checkpoint.cycle=true"]),
            (["training.steps=100"], ["training.epochs=9", "training.steps=250"]),
        ].enumerated() {
            func set(_ settings: [String], _ output: String) -> [String] {
                ["train", "run.yaml", "--output", output] + settings.flatMap { ["--set", $0] }
            }
            let (parts, whole) = ("parts-\(index)", "whole-\(index)")
            try command.succeed(ranks: 2, set(first, parts))
            let more = try command.succeed(ranks: 2, set(then, parts) + ["--resume", "auto"])
            XCTAssertTrue(more.standardError.contains("continuing after step "), more.standardError)
            try command.succeed(ranks: 2, set(then, whole))
            try assertSameRuns(command, parts, whole)

            let again = try command.succeed(ranks: 2, set(then, parts) + ["--resume", "auto"])
            XCTAssertTrue(again.standardError.contains("the run is complete: \(parts)/"), again.standardError)
        }
    }

    /// The weights of the first end do not pass for those of the second.
    func testALongerRunThatIsInterruptedGoesOn() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        try command.succeed(ranks: 1, ["train", "run.yaml", "--output", "parts"])
        let longer = ["train", "run.yaml", "--set", "training.epochs=40", "--output"]
        let resumed = longer + ["parts", "--resume", "auto"]
        let steps = command.path("parts/steps.csv")
        let interrupted = try Launcher.run(command.process(ranks: 1, resumed), limit: 60) { launcher in
            DispatchQueue.global().async {
                ResumeCommandTests.wait { ResumeCommandTests.lastStep(in: steps) ?? 0 > 200 }
                ResumeCommandTests.send(SIGTERM, toChild: 0, of: launcher)
            }
        }
        XCTAssertEqual(interrupted.status, 75, interrupted.standardError)
        XCTAssertTrue(command.files(in: "parts").contains("model.safetensors"))
        try command.succeed(ranks: 1, resumed)
        try command.succeed(ranks: 1, longer + ["whole"])
        try assertSameRuns(command, "parts", "whole")
    }

    /// What stops a run is no part of what it has done.
    func testARunThatMutualInformationStoppedGoesOnWithoutThat() throws {
        let command = try EntrainCommand()
        try command.write(
            "run.yaml",
            experiment.replacing("epochs: 3", with: "epochs: 30")
                .replacing("learningRate: {", with: "learningRate: {bounds: {min: 0.05, max: 0.05}, "))
        let stopped = try command.succeed(
            ranks: 1,
            ["train", "run.yaml", "--output", "parts"]
                + ["training.stop=mutual-information", "training.stopCycles=1"].flatMap { ["--set", $0] })
        XCTAssertTrue(stopped.standardError.contains("stopped after "), stopped.standardError)
        let early = try metrics(command, "parts").count
        XCTAssertLessThan(early, 30)
        try command.succeed(ranks: 1, ["train", "run.yaml", "--output", "parts", "--resume", "auto"])
        try command.succeed(ranks: 1, ["train", "run.yaml", "--output", "whole"])
        XCTAssertEqual(try metrics(command, "parts"), try metrics(command, "whole"))
        XCTAssertEqual(
            try contents(command, "parts/model.safetensors"), try contents(command, "whole/model.safetensors"))
    }

    /// The key that stands in the way, and why; the directory stays as it was.
    func testWhatHasAPartInThePastIsRefused() throws {
        let command = try EntrainCommand()
        try command.write("run.yaml", experiment)
        try command.write(
            "cosine.yaml", experiment.replacing("{rangeTest: {steps: 60}}", with: "{schedule: cosine, rate: 0.05}"))
        try command.succeed(ranks: 1, ["train", "run.yaml", "--output", "run"])
        try command.succeed(ranks: 1, ["train", "cosine.yaml", "--output", "cosine"])
        let advice = "; give it as it was, or another directory with --output"
        for (run, setting, message) in [
            ("run", "training.batch=16", "training.batch: expected 32, as the run began, found 16" + advice),
            (
                "run", "model.layers[0].convolution.kernel=[2,3]",
                "model.layers[0].convolution.kernel: expected 3, as the run began, found [2, 3]" + advice
            ),
            ("run", "optimizer.momentum=0", "optimizer.momentum: expected 0.9, as the run began, found 0.0" + advice),
            (
                "cosine", "training.epochs=6",
                "training.epochs: expected 3, as the run began, found 6: the schedule cosine has had the end of the run in "
                    + "view from its first step (learningRate.horizon would be a length of its own)" + advice
            ),
            ("cosine", "training.steps=20", "training.steps: expected null, as the run began, found 20: the schedule"),
        ] {
            let found = try contents(command, "\(run)/configuration.yaml")
            let outcome = try command.run(
                ranks: 2, ["train", "\(run).yaml", "--output", run, "--resume", "auto", "--set", setting])
            XCTAssertEqual(outcome.status, 1, outcome.standardError)
            let errors = command.errors(outcome)
            XCTAssertEqual(errors.count, 1, outcome.standardError)
            XCTAssertTrue(errors.first?.contains("\(run)/configuration.yaml: \(message)") == true, "\(errors)")
            XCTAssertEqual(try contents(command, "\(run)/configuration.yaml"), found)
        }
        let found = try contents(command, "run/configuration.yaml")
        for (setting, message) in [
            (
                "training.epochs=2",
                "step-000000135: training.epochs: expected at least 3, as the run has done 135 steps of 45 an epoch, found 2; "
            ),
            (
                "training.steps=134",
                "step-000000135: training.steps: expected at least 135, the steps that the run has done, found 134; "
            ),
        ] {
            try command.assertRefused(
                ["train", "run.yaml", "--output", "run", "--resume", "auto", "--set", setting], ranks: 2, alone: false,
                "run/checkpoints/\(message)give more, or another directory with --output")
        }
        XCTAssertEqual(try contents(command, "run/configuration.yaml"), found)

        // Nothing to go on from.
        try FileManager.default.removeItem(atPath: command.path("run/checkpoints"))
        try command.assertRefused(
            ["train", "run.yaml", "--output", "run", "--resume", "auto", "--set", "training.epochs=6"], ranks: 2,
            alone: false,
            "run/checkpoints: expected a checkpoint of the run that has ended, to go on from, found none; give another "
                + "directory with --output")
    }
}
