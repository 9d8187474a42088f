import Datasets
import Foundation
import LearningRate
import Logging
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// Training for labels of which a sample has any.
final class MultiLabelTests: XCTestCase {
    /// Points of a plane that are right of a line, in a circle, and far out.
    private func folder(_ count: Int = 500) throws -> TemporaryDirectory {
        var text = "x,y,right,inside,far\n"
        for row in 0..<count {
            let (x, y) = (Double(row * 37 % 101) / 25 - 2, Double(row * 53 % 97) / 24 - 2)
            text += "\(x),\(y),\(x + 0.5 * y > 0.3 ? 1 : 0),\(x * x + y * y < 2 ? 1 : 0),\(abs(x) > 1.7 ? 1 : 0)\n"
        }
        let directory = try TemporaryDirectory()
        try text.write(toFile: directory.file("t.csv"), atomically: true, encoding: .utf8)
        return directory
    }

    private func configuration(_ overrides: [String] = []) throws -> Configuration {
        try Configuration(
            yaml: """
                task: multi-label
                data: {format: csv, train: {file: t.csv}, csv: {label: [right, inside, far]}}
                model: {preset: mlp, hidden: [32, 16]}
                training: {batch: 32, epochs: 20}
                output: {plot: false}
                """, name: "x.yaml", overrides: overrides)
    }

    /// Every label is learnt; scores are those of the predicted probabilities.
    func testLearnsLabels() throws {
        let folder = try folder()
        let path = folder.path
        let configuration = try configuration()
        _ = try InProcessCommunicator.run(ranks: 2) { communicator in
            let run = try TrainingRun(
                configuration, file: "x.yaml", dataRoot: path, output: "\(path)/run", logger: Logger(label: "test"),
                over: communicator)
            let cycles = try run.run(showsProgress: false).cycles
            let (first, last) = (try XCTUnwrap(cycles.first?.test), try XCTUnwrap(cycles.last?.test))
            XCTAssertEqual(last.outputs.map(\.name), ["right", "inside", "far"])
            XCTAssertNil(last.targets)
            XCTAssertGreaterThan(try XCTUnwrap(last.macroF1), 0.9)
            XCTAssertGreaterThan(last.mutualInformation, first.mutualInformation)
            XCTAssertEqual(last.mutualInformation, last.outputs.reduce(0) { $0 + $1.mutualInformation })
            XCTAssertEqual(try JSONDecoder().decode(PredictionMetrics.self, from: JSONEncoder().encode(last)), last)

            let evaluation = try EvaluationRun(of: "\(path)/run", on: .test, dataRoot: path, over: communicator)
            XCTAssertEqual(evaluation.metrics.accuracy, last.accuracy)
            let test = run.experiment.data.test
            let rows = try String(contentsOfFile: "\(path)/t.csv", encoding: .utf8).split(separator: "\n").dropFirst()
                .map { $0.split(separator: ",").map { Float($0)! } }
            let predictor = try Predictor(of: "\(path)/run", over: communicator)
            XCTAssertEqual(predictor.classNames, ["right", "inside", "far"])
            let sources = (0..<test.count).map { (test as! Subset).sourceIndex(of: $0) }
            let predictions = try predictor.predictions(of: sources.flatMap { rows[$0].prefix(2) })
            for output in 0..<3 {
                let pairs = (0..<test.count).map { row in
                    (
                        probability: predictions.probabilities[3 * row + output],
                        label: rows[sources[row]][2 + output] == 1
                    )
                }
                XCTAssertTrue(pairs.allSatisfy { (0...1).contains($0.probability) })
                XCTAssertEqual(pairs.map(\.label), (0..<test.count).map { test.target(at: $0, output: output) == 1 })
                let found = evaluation.metrics.outputs[output]
                let label = try XCTUnwrap(found.label)
                let hits = pairs.count { $0.label && $0.probability >= 0.5 }
                let (predicted, present) = (pairs.count { $0.probability >= 0.5 }, pairs.count { $0.label })
                XCTAssertEqual(label.samples, Int64(present))
                XCTAssertEqual(label.precision, Double(hits) / Double(predicted), accuracy: 1e-12)
                XCTAssertEqual(label.recall, Double(hits) / Double(present), accuracy: 1e-12)
                XCTAssertEqual(label.f1, 2 * Double(hits) / Double(predicted + present), accuracy: 1e-12)
                var wins = 0.0
                for one in pairs where one.label {
                    for other in pairs where !other.label {
                        wins += one.probability > other.probability ? 1 : one.probability == other.probability ? 0.5 : 0
                    }
                }
                XCTAssertEqual(
                    try XCTUnwrap(label.areaUnderCurve), wins / Double(present * (pairs.count - present)),
                    accuracy: 1e-3)
            }
            try communicator.barrier()
        }
    }

    func testAnyNumberOfRanksComesToTheSameBits() throws {
        let folder = try folder(200)
        let path = folder.path
        let configuration = try configuration(["reproducible.shards=4", "training.epochs=2", "data.validation=0.1"])
        func bits(ranks: Int) throws -> [[String]] {
            try InProcessCommunicator.run(ranks: ranks) { communicator in
                let experiment = try Experiment(configuration, dataRoot: path, over: communicator)
                var lines: [String] = []
                try experiment.trainer().train(
                    onStep: { lines.append("\($0.loss.bitPattern)") },
                    onCycle: { lines.append("\($0.metrics.train!) \($0.metrics.validation!) \($0.metrics.test!)") })
                let parameters = try experiment.replica.network.exportParameters()
                try communicator.barrier()
                return lines + parameters.map { "\($0.values.map(\.bitPattern))" }
            }
        }
        let alone = try bits(ranks: 1)[0]
        for ranks in [2, 4] {
            for other in try bits(ranks: ranks) { XCTAssertTrue(other == alone, "\(ranks) ranks") }
        }
    }

    func testWhatIsNoLabelIsRefused() throws {
        let folder = try folder(50)
        func message(_ overrides: [String]) -> String {
            do {
                _ = try configuration(overrides).loadData(root: folder.path)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        XCTAssertTrue(
            message(["data.csv={label: [right, x]}"]).contains(
                "t.csv:2:1: expected 0 or 1 as a label (task: multi-label), found \"-2.0\" in the column x"),
            message(["data.csv={label: [right, x]}"]))
        XCTAssertTrue(
            message(["training.labelSmoothing=0.1"]).hasSuffix(
                "training.labelSmoothing: expected 0 with task: multi-label, found 0.1"))
        XCTAssertTrue(
            message(["data={format: digits}"]).hasSuffix(
                "task: expected classification with data.format digits, found multi-label"))
        XCTAssertTrue(
            message(["model={layers: [{dense: 2}]}"]).hasSuffix(
                "model.layers[0].dense.units: expected 3 with task: multi-label, found 2"))
        XCTAssertEqual(message([]), "none")
    }
}
