import Foundation
import LearningRate
import MPITestSupport
import Runs
import Training
import XCTest

/// `entrain evaluate` tells of the weights what the training told of them.
final class EvaluateCommandTests: XCTestCase {
    private func train(_ command: EntrainCommand, validation: Double) throws -> CycleMetrics {
        try command.succeed(
            ranks: 2,
            ["train", EntrainCommand.digits, "--output", "run"]
                + ["training.epochs=3", "data.validation=\(validation)", "output.plot=false"].flatMap { ["--set", $0] })
        return try XCTUnwrap(MetricsLog.read(path: command.path("run/metrics.jsonl")).last)
    }

    /// The number that follows `name` at the beginning of a line.
    private func number(_ name: String, in outcome: Launcher.Outcome) -> Double? {
        for line in outcome.standardOutput.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, words[0] == name { return Double(words[1]) }
        }
        return nil
    }

    private func assertTells(
        _ metrics: PredictionMetrics?, of samples: Double, _ outcome: Launcher.Outcome, line: UInt = #line
    ) throws {
        let metrics = try XCTUnwrap(metrics)
        XCTAssertEqual(number("samples", in: outcome), samples, outcome.standardOutput, line: line)
        let accuracy = try XCTUnwrap(number("accuracy", in: outcome), outcome.standardOutput)
        XCTAssertEqual(accuracy, 100 * metrics.accuracy, accuracy: 0.00501, line: line)
        let information = try XCTUnwrap(number("I(Y;Ŷ)", in: outcome), outcome.standardOutput)
        XCTAssertEqual(information, metrics.mutualInformation, accuracy: 0.51e-6, line: line)
        let loss = try XCTUnwrap(number("loss", in: outcome), outcome.standardOutput)
        XCTAssertEqual(loss, metrics.loss, accuracy: 1e-5 * metrics.loss + 0.51e-6, line: line)
    }

    /// The checkpoint of a run's end is what its weights were made from: it gives the same scores, on any number of ranks. Those of
    /// an earlier one are those that the cycle told, of the average and of batch normalisation's statistics made for it.
    func testCheckpointsGiveTheMetricsOfTheirCycles() throws {
        let command = try EntrainCommand()
        let settings = [
            "training.epochs=3", "checkpoint.steps=45", "checkpoint.keep=9", "checkpoint.best=true",
            "output.plot=false",
            "averaging.form=polynomial",
        ]
        try command.succeed(
            ranks: 2, ["train", EntrainCommand.digits, "--output", "run"] + settings.flatMap { ["--set", $0] })
        let cycles = try MetricsLog.read(path: command.path("run/metrics.jsonl"))
        let whole = try command.succeed(ranks: 1, ["evaluate", "run"]).standardOutput
        for ranks in [1, 3] {
            let last = try command.succeed(ranks: ranks, ["evaluate", "run", "--checkpoint", "last"])
            XCTAssertEqual(last.standardOutput, whole)
        }
        // Where a newer one was due while one waited to be written, that one is not there.
        let steps = try FileManager.default.contentsOfDirectory(atPath: command.path("run/checkpoints"))
            .compactMap { $0.hasPrefix("step-") ? Int($0.dropFirst(5)) : nil }.sorted()
        let best = cycles.max { ($0.train!.accuracy, $1.step) < ($1.train!.accuracy, $0.step) }!
        for (checkpoint, cycle) in [("best", best)] + cycles.map({ ("\($0.step)", $0) })
        where checkpoint == "best" || steps.contains(cycle.step) {
            let outcome = try command.succeed(ranks: 2, ["evaluate", "run", "--checkpoint", checkpoint, "--json"])
            let found = try JSONDecoder().decode(PredictionMetrics.self, from: Data(outcome.standardOutput.utf8))
            let expected = try XCTUnwrap(cycle.test)
            XCTAssertEqual(found.accuracy, expected.accuracy, checkpoint)
            XCTAssertEqual(found.mutualInformation, expected.mutualInformation, checkpoint)
            XCTAssertEqual(found.loss, expected.loss, accuracy: 1e-6, checkpoint)
        }
        try command.assertRefused(
            ["evaluate", "run", "--checkpoint", "44"],
            "run/checkpoints: expected the checkpoint 44, found best, \(steps.map(String.init).joined(separator: ", "))"
        )
    }

    func testTheConfusionMatrixAsATableAndAsAPicture() throws {
        let command = try EntrainCommand()
        _ = try train(command, validation: 0)
        try command.succeed(ranks: 2, ["evaluate", "run", "--confusion", "counts.csv"])
        let rows = try String(contentsOfFile: command.path("counts.csv"), encoding: .utf8).split(separator: "\n")
        XCTAssertEqual(rows.first, "label,0,1,2,3,4,5,6,7,8,9")
        let counts = rows.dropFirst().map { $0.split(separator: ",").compactMap { Int64($0) } }
        struct Scores: Decodable {
            let samples: Int64, accuracy: Double, confusion: [[Int64]]
        }
        let text = try command.succeed(ranks: 1, ["evaluate", "run", "--json"]).standardOutput
        let scores = try JSONDecoder().decode(Scores.self, from: Data(text.utf8))
        XCTAssertEqual(counts.map { Array($0.dropFirst()) }, scores.confusion)
        XCTAssertEqual(scores.confusion.joined().reduce(0, +), scores.samples)
        XCTAssertEqual(
            Double((0..<10).reduce(0) { $0 + scores.confusion[$1][$1] }) / Double(scores.samples), scores.accuracy)
        try command.succeed(ranks: 1, ["evaluate", "run", "--confusion", "picture.svg"])
        XCTAssertTrue(try String(contentsOfFile: command.path("picture.svg"), encoding: .utf8).contains("</svg>"))
    }

    func testRunAndWeightsGiveTheMetricsOfTheLastCycleOnAnyRanks() throws {
        let command = try EntrainCommand()
        let last = try train(command, validation: 0.1)
        var trainingLoss: Double?
        for ranks in [nil, 1, 2, 3] {
            for weights in ["run", "run/model.safetensors"] {
                try assertTells(last.test, of: 360, try command.succeed(ranks: ranks, ["evaluate", weights]))
            }
            let validation = try command.succeed(ranks: ranks, ["evaluate", "run", "--on", "validation"])
            let held = try XCTUnwrap(number("samples", in: validation))
            try assertTells(last.validation, of: held, validation)
            let training = try command.succeed(ranks: ranks, ["evaluate", "run", "--on", "train"])
            XCTAssertEqual(number("samples", in: training), 1437 - held)
            let loss = try XCTUnwrap(number("loss", in: training))
            XCTAssertEqual(loss, trainingLoss ?? loss, accuracy: 1e-5 * loss + 0.51e-6)
            trainingLoss = loss
        }
    }

    /// A network that has learned nothing is told as such: of the test set alone, once, after the training and in evaluation.
    func testANetworkThatPredictsOneClass() throws {
        let command = try EntrainCommand()
        // Nothing tells the samples apart.
        try command.write("same.csv", (0..<60).map { "3,4,\(["x", "x", "y"][$0 % 3])\n" }.joined())
        try command.write("other.csv", (0..<60).map { "\($0 % 3),\(7 * $0 % 5),\(["x", "x", "y"][$0 % 3])\n" }.joined())
        func warnings(_ arguments: [String]) throws -> [String] {
            try command.succeed(ranks: 2, arguments).standardError.split(separator: "\n").map(String.init)
                .filter { $0.contains("of the most frequent class") }
        }
        for (name, isTold) in [("same", true), ("other", false)] {
            try command.write(
                "\(name).yaml",
                """
                data: {format: csv, train: {file: \(name).csv}, split: {trainingRows: 30}, validation: 0.2}
                model: {preset: mlp, hidden: [8]}
                training: {batch: 8, epochs: 20}
                learningRate: {schedule: constant, rate: 0.05}
                output: {plot: false}

                """)
            let expected =
                "warning: test set: the network predicts one class, x, for all samples: accuracy 66.67 %, of the most frequent "
                + "class 66.67 %, I(Y;Ŷ) 0.000000 ± 0.000000 nats; check labels and features, lower the rate, or train longer"
            let training = ["train", "\(name).yaml", "--data", ".", "--output", name]
            XCTAssertEqual(try warnings(training), isTold ? [expected] : [], name)
            XCTAssertEqual(try warnings(["evaluate", name, "--data", "."]), isTold ? [expected] : [], name)
        }
    }

    func testWeightsWhoseNumbersAreNotFinite() throws {
        let command = try EntrainCommand()
        _ = try train(command, validation: 0)
        let whole = try SafetensorsFile(path: command.path("run/model.safetensors"))
        func write(_ name: String, _ change: (inout [Float]) -> Void) throws {
            var file = whole
            let place = try XCTUnwrap(file.tensors.firstIndex { $0.name == name })
            guard case .float32(var values) = file.tensors[place].values else { return XCTFail() }
            change(&values)
            file.tensors[place] = .init(name: name, shape: file.tensors[place].shape, values: values)
            try file.write(to: command.path("weights"))
        }
        let names = whole.tensors.map(\.name)
        for (number, text) in [(Float.nan, "nan"), (.infinity, "inf"), (-.infinity, "-inf")] {
            try write(names[0]) { $0[1] = number }
            try command.assertRefused(
                ["evaluate", "weights"],
                "weights: expected finite numbers in \(names[0]), found \(text) at 1; the file is damaged, or the training that it "
                    + "comes from diverged")
        }
        // Finite numbers whose products are not.
        for name in names {
            try write(name) { values in for place in values.indices { values[place] = 3e38 } }
            let outcome = try command.run(ranks: 2, ["evaluate", "weights"])
            guard outcome.standardOutput.contains("loss          nan") else { continue }
            XCTAssertEqual(outcome.status, 0)
            let warnings = outcome.standardError.split(separator: "\n").filter { $0.hasPrefix("warning: ") }
            XCTAssertEqual(
                warnings,
                [
                    "warning: test set: the loss of 360 of 360 samples is not finite: the network's outputs overflow, and the scores of "
                        + "these samples say nothing; train with a lower rate, or check the features"
                ])
            return
        }
        XCTFail("no weights gave a loss that is not finite")
    }

    func testWhatCannotBeEvaluatedIsRefused() throws {
        let command = try EntrainCommand()
        _ = try train(command, validation: 0)
        try command.assertRefused(
            ["evaluate", "run", "--on", "validation"],
            "run/model.safetensors: was trained with data.validation 0: there is no validation set")
        try command.assertRefused(["evaluate", "none"], "none: cannot read: No such file or directory")
        try command.write("text", "no weights")
        let outcome = try command.run(ranks: 2, ["evaluate", "text"])
        XCTAssertEqual(outcome.status, 1)
        XCTAssertEqual(command.errors(outcome).count, 1, outcome.standardError)
        XCTAssertTrue(
            command.errors(outcome)[0].contains("] text: expected a header of at most 2 bytes"), outcome.standardError)
        try FileManager.default.removeItem(atPath: command.path("run/model.safetensors"))
        try command.assertRefused(
            ["evaluate", "run"],
            "run: the run has not ended: it has no model.safetensors yet; finish it with entrain train CONFIG --resume auto --output run, "
                + "CONFIG being run/configuration.yaml or the file that it was started with")
        let unfinished = command.path("unfinished")
        try FileManager.default.createDirectory(atPath: unfinished, withIntermediateDirectories: false)
        try command.assertRefused(
            ["evaluate", "unfinished"], "unfinished: expected a run directory, found no configuration.yaml in it")
    }
}
