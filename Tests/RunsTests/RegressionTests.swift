import Datasets
import Foundation
import LearningRate
import Logging
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// Training for a real target.
final class RegressionTests: XCTestCase {
    /// Points of y = 1000 (x₀ + sin 2x₁ + x₀x₂), without noise.
    ///
    /// - Parameter hasSecond: adds a column z = a − c.
    private static func table(_ count: Int, hasSecond: Bool = false) -> String {
        var state: UInt64 = 7
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) * 0x1p-51 - 2
        }
        var text = "a,b,c,y\(hasSecond ? ",z" : "")\n"
        for _ in 0..<count {
            let (a, b, c) = (next(), next(), next())
            text += "\(a),\(b),\(c),\(1000 * (a + sin(2 * b) + a * c))\(hasSecond ? ",\(a - c)" : "")\n"
        }
        return text
    }

    private func configuration(_ overrides: [String] = []) throws -> Configuration {
        try Configuration(
            yaml: """
                task: regression
                data: {format: csv, train: {file: t.csv}, csv: {label: y}, validation: 0.1}
                model: {preset: mlp, hidden: [32, 16]}
                training: {batch: 32, epochs: 8}
                output: {plot: false}
                """, name: "x.yaml", overrides: overrides)
    }

    private func folder(_ count: Int = 900, hasSecond: Bool = false) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        try Self.table(count, hasSecond: hasSecond).write(
            toFile: directory.file("t.csv"), atomically: true, encoding: .utf8)
        return directory
    }

    /// The bits of weights, losses and scores.
    private func bits(
        _ configuration: Configuration, in folder: TemporaryDirectory, ranks: Int
    ) throws -> [[String]] {
        let path = folder.path
        return try InProcessCommunicator.run(ranks: ranks) { communicator in
            let experiment = try Experiment(configuration, dataRoot: path, over: communicator)
            let trainer = try experiment.trainer()
            var lines: [String] = []
            try trainer.train(
                onStep: { lines.append("\($0.loss.bitPattern)") },
                onCycle: { lines.append("\($0.metrics.train!) \($0.metrics.validation!) \($0.metrics.test!)") })
            let parameters = try experiment.replica.network.exportParameters()
            try communicator.barrier()
            return lines + parameters.map { "\($0.values.map(\.bitPattern))" }
        }
    }

    /// Every loss learns a function without noise, and predictions tell more of the bins as R² grows.
    func testLearnsAFunction() throws {
        let folder = try folder()
        let path = folder.path
        for loss in ["mse", "mae", "huber"] {
            let configuration = try configuration(["task={regression: {loss: \(loss)}}"])
            let cycles = try InProcessCommunicator.run(ranks: 2) { communicator in
                try TrainingRun(
                    configuration, file: "x.yaml", dataRoot: path, output: "\(path)/\(loss)",
                    logger: Logger(label: "test"), over: communicator
                ).run(showsProgress: false).cycles
            }
            let (first, last) = (try XCTUnwrap(cycles[0].first?.test), try XCTUnwrap(cycles[0].last?.test))
            XCTAssertGreaterThan(try XCTUnwrap(last.targets).r2, 0.9, loss)
            XCTAssertGreaterThan(last.targets!.r2, first.targets!.r2, loss)
            XCTAssertGreaterThan(last.mutualInformation, first.mutualInformation, loss)
            XCTAssertLessThan(last.mutualInformation, last.labelEntropy, loss)
            XCTAssertEqual(cycles[0].map(\.test), cycles[1].map(\.test), loss)
        }
    }

    func testAnyNumberOfRanksComesToTheSameBits() throws {
        let folder = try folder(300)
        let configuration = try configuration(["reproducible.shards=4", "training.epochs=2"])
        let alone = try bits(configuration, in: folder, ranks: 1)[0]
        for ranks in [2, 4] {
            for other in try bits(configuration, in: folder, ranks: ranks) {
                XCTAssertTrue(other == alone, "\(ranks) ranks")
            }
        }
    }

    /// On ranks that share no bits the counts are of the same samples, each once.
    func testThreeRanksHaveTheSameScores() throws {
        let folder = try folder(300)
        let lines = try bits(configuration(["training.epochs=1"]), in: folder, ranks: 3)
        XCTAssertTrue(lines.dropFirst().allSatisfy { $0 == lines[0] })
    }

    /// R², MAE and RMSE as the books have them, of the network's own outputs.
    func testScores() throws {
        let folder = try folder(300)
        let configuration = try configuration()
        let path = folder.path
        _ = try InProcessCommunicator.run(ranks: 1) { communicator in
            let experiment = try Experiment(configuration, dataRoot: path, over: communicator)
            let scale = try XCTUnwrap(experiment.data.train.targetScale)
            var pairs: [(output: Double, target: Double)] = []
            let statistics = try experiment.replica.evaluate(experiment.data.test) { plan in
                pairs += zip(plan.logits, plan.targets).map { (scale.value(of: $0), scale.value(of: $1)) }
            }
            let found = try XCTUnwrap(statistics.metrics(cycle: 0, step: 0, cycleLength: 1).targets)
            let count = Double(pairs.count)
            XCTAssertEqual(pairs.count, 60)
            let mean = pairs.reduce(0) { $0 + $1.target } / count
            let squares = pairs.reduce(0) { $0 + ($1.output - $1.target) * ($1.output - $1.target) }
            let variation = pairs.reduce(0) { $0 + ($1.target - mean) * ($1.target - mean) }
            XCTAssertEqual(found.r2, 1 - squares / variation, accuracy: 1e-9)
            XCTAssertEqual(found.rootMeanSquaredError, (squares / count).squareRoot(), accuracy: 1e-5)
            XCTAssertEqual(
                found.meanAbsoluteError, pairs.reduce(0) { $0 + abs($1.output - $1.target) } / count, accuracy: 1e-5)
            // The loss of targets of variance 1 is the mean square in units of their variance.
            XCTAssertEqual(
                statistics.meanLoss, squares / count / (scale.standardDeviation * scale.standardDeviation),
                accuracy: 1e-6)
        }
    }

    private static let several = ["data.csv={label: [y, z]}"]

    /// Two targets, on any number of ranks with the same bits.
    func testSeveralTargets() throws {
        let folder = try folder(400, hasSecond: true)
        let configuration = try configuration(Self.several + ["reproducible.shards=4", "training.epochs=6"])
        let alone = try bits(configuration, in: folder, ranks: 1)[0]
        for ranks in [2, 4] {
            for other in try bits(configuration, in: folder, ranks: ranks) {
                XCTAssertTrue(other == alone, "\(ranks) ranks")
            }
        }
    }

    /// Scores of each target as the books have them, means and sums over both, and what is exported and predicted.
    func testScoresOfSeveralTargets() throws {
        let folder = try folder(600, hasSecond: true)
        let configuration = try configuration(Self.several + ["training.epochs=10"])
        let path = folder.path
        _ = try InProcessCommunicator.run(ranks: 2) { communicator in
            let run = try TrainingRun(
                configuration, file: "x.yaml", dataRoot: path, output: "\(path)/run", logger: Logger(label: "test"),
                over: communicator)
            let cycles = try run.run(showsProgress: false).cycles
            let last = try XCTUnwrap(cycles.last?.test)
            XCTAssertEqual(last.outputs.map(\.name), ["y", "z"])
            XCTAssertEqual(
                try XCTUnwrap(last.targets).r2, (last.outputs[0].scores!.r2 + last.outputs[1].scores!.r2) / 2)
            XCTAssertEqual(
                last.mutualInformation, last.outputs[0].mutualInformation + last.outputs[1].mutualInformation)
            XCTAssertEqual(last.labelEntropy, last.outputs[0].labelEntropy + last.outputs[1].labelEntropy)
            XCTAssertLessThan(last.mutualInformation, last.labelEntropy)
            let decoded = try JSONDecoder().decode(PredictionMetrics.self, from: JSONEncoder().encode(last))
            XCTAssertEqual(decoded, last)

            let evaluation = try EvaluationRun(of: "\(path)/run", on: .test, dataRoot: path, over: communicator)
            XCTAssertEqual(evaluation.metrics.outputs, last.outputs)
            XCTAssertEqual(evaluation.warnings, [])

            let model = try TrainedModel(of: "\(path)/run", dataRoot: nil, over: communicator)
            XCTAssertEqual(model.meaning.targetScales, run.experiment.data.train.targetScales)
            let predictor = try Predictor(of: "\(path)/run", over: communicator)
            XCTAssertEqual(predictor.classNames, ["y", "z"])
            let test = run.experiment.data.test
            var features: [Float] = []
            for row in 0..<test.count {
                var one = [Float](repeating: 0, count: test.featureCount)
                var label: [Int32] = [0]
                do {
                    var values = one.mutableSpan
                    var labels = label.mutableSpan
                    test.copyBatch([row].span, into: &values, labels: &labels)
                }
                let scaling = try XCTUnwrap(model.standardization)
                features += one.indices.map {
                    Float(Double(one[$0]) * scaling.standardDeviation[$0] + scaling.mean[$0])
                }
            }
            let predictions = try predictor.predictions(of: features)
            for (output, scale) in test.targetScales.enumerated() {
                let pairs = (0..<test.count).map { row in
                    (
                        Double(predictions.probabilities(of: row)[2 * row + output]),
                        scale.value(of: test.target(at: row, output: output))
                    )
                }
                let mean = pairs.reduce(0) { $0 + $1.1 } / Double(pairs.count)
                let squares = pairs.reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
                let r2 = 1 - squares / pairs.reduce(0) { $0 + ($1.1 - mean) * ($1.1 - mean) }
                XCTAssertEqual(r2, last.outputs[output].scores!.r2, accuracy: 1e-5)
                XCTAssertEqual(
                    (squares / Double(pairs.count)).squareRoot(), last.outputs[output].scores!.rootMeanSquaredError,
                    accuracy: 1e-4 * scale.standardDeviation)
            }
            XCTAssertGreaterThan(last.outputs[1].scores!.r2, 0.9)
            try communicator.barrier()
        }
    }

    func testSettingsThatContradict() {
        func problem(_ overrides: [String]) -> String {
            do {
                _ = try configuration(overrides)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        XCTAssertTrue(
            problem(["training.labelSmoothing=0.1"]).hasSuffix(
                "training.labelSmoothing: expected 0 with task: regression, found 0.1"),
            problem(["training.labelSmoothing=0.1"]))
        XCTAssertTrue(
            problem(["data={format: digits}"]).hasSuffix(
                "task: expected classification with data.format digits, found regression"),
            problem(["data={format: digits}"]))
        XCTAssertTrue(
            problem(["learningRate.predictions=soft"]).hasSuffix(
                "learningRate.predictions: expected hard with task: regression, found soft"),
            problem(["learningRate.predictions=soft"]))
        XCTAssertTrue(
            problem(["model={layers: [{dense: 3}]}"]).hasSuffix(
                "model.layers[0].dense.units: expected 1 with task: regression, found 3"),
            problem(["model={layers: [{dense: 3}]}"]))
        XCTAssertTrue(
            problem(Self.several + ["model={layers: [{dense: 1}]}"]).hasSuffix(
                "model.layers[0].dense.units: expected 2 with task: regression, found 1"),
            problem(Self.several + ["model={layers: [{dense: 1}]}"]))
        XCTAssertEqual(problem(Self.several + ["model={layers: [{dense: 2}]}"]), "none")
        XCTAssertTrue(
            problem(["task={regression: {loss: mse, delta: 2}}"]).contains("delta"),
            problem(["task={regression: {loss: mse, delta: 2}}"]))
    }
}
