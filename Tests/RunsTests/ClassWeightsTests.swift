import Datasets
import Foundation
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// Training with weights of the classes.
final class ClassWeightsTests: XCTestCase {
    /// Rows of two features and an uneven number of three classes, each as often as `copies` tells.
    private static func table(_ copies: [Int] = [1, 1, 1], rows: Int = 60) -> String {
        var text = "a,b,kind\n"
        for row in 0..<rows {
            let kind = row % 10 == 0 ? 2 : row % 10 < 4 ? 1 : 0
            let line =
                "\(sin(Double(row)) + Double(kind)),\(cos(2.5 * Double(row)) - Double(kind)),\(["few", "many", "rare"][kind])\n"
            for _ in 0..<copies[kind] { text += line }
        }
        return text
    }

    private func configuration(_ table: String, _ overrides: [String]) throws -> Configuration {
        try Configuration(
            yaml: """
                data: {format: csv, train: {file: \(table)}, test: {file: plain.csv}, csv: {label: kind}, standardize: false}
                model: {preset: mlp, hidden: [6]}
                training: {batch: 1000, epochs: 3, watch: off}
                learningRate: {schedule: constant, rate: 0.5}
                output: {plot: false}
                """, name: "x.yaml", overrides: overrides)
    }

    private func folder() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (name, copies) in [("plain.csv", [1, 1, 1]), ("copied.csv", [2, 1, 5])] {
            try Self.table(copies).write(toFile: directory.file(name), atomically: true, encoding: .utf8)
        }
        return directory
    }

    private struct Outcome: Sendable {
        var losses: [Double] = []
        var trainLosses: [Double] = []
        var testLosses: [Double] = []
        var parameters: [[Float]] = []
    }

    private func train(_ configuration: Configuration, in path: String, ranks: Int = 1) throws -> [Outcome] {
        try InProcessCommunicator.run(ranks: ranks) { communicator in
            let experiment = try Experiment(configuration, dataRoot: path, over: communicator)
            var outcome = Outcome()
            try experiment.trainer().train(
                onStep: { outcome.losses.append($0.loss) },
                onCycle: {
                    outcome.trainLosses.append($0.metrics.train!.loss)
                    outcome.testLosses.append($0.metrics.test!.loss)
                })
            outcome.parameters = try experiment.replica.network.exportParameters().map(\.values)
            try communicator.barrier()
            return outcome
        }
    }

    /// A whole weight of a class is as many copies of its samples: with a batch of all samples the losses and the weights are the
    /// same but for rounding.
    func testAWeightIsThatManyCopies() throws {
        let folder = try folder()
        for weights in ["[2, 1, 5]", "{few: 2, rare: 5}", "[20, 10, 50]"] {
            let weighted = try train(
                configuration("plain.csv", ["task={classification: {classWeights: \(weights)}}"]), in: folder.path)[0]
            let copied = try train(configuration("copied.csv", []), in: folder.path)[0]
            for (one, other) in zip(weighted.losses, copied.losses) { XCTAssertEqual(one, other, accuracy: 1e-6) }
            for (one, other) in zip(weighted.trainLosses, copied.trainLosses) {
                XCTAssertEqual(one, other, accuracy: 1e-6)
            }
            // Those of evaluations are without weights.
            for (one, other) in zip(weighted.testLosses, copied.testLosses) {
                XCTAssertEqual(one, other, accuracy: 1e-5)
            }
            for (one, other) in zip(weighted.parameters.joined(), copied.parameters.joined()) {
                XCTAssertEqual(one, other, accuracy: 1e-5)
            }
        }
    }

    func testBalancedWeightsAreThoseOfTheCounts() throws {
        let folder = try folder()
        // 36, 18 and 6 of 60: N / (K N of the class) are 5/9, 10/9 and 10/3.
        let balanced = try train(
            configuration("plain.csv", ["task={classification: {classWeights: balanced}}"]), in: folder.path)[0]
        let given = try train(
            configuration("plain.csv", ["task={classification: {classWeights: {few: 1, many: 2, rare: 6}}}"]),
            in: folder.path)[0]
        XCTAssertEqual(balanced.losses, given.losses)
        XCTAssertEqual(balanced.parameters, given.parameters)
        let plain = try train(configuration("plain.csv", []), in: folder.path)[0]
        XCTAssertNotEqual(balanced.parameters, plain.parameters)
    }

    /// Batches that no number of ranks divides, with the search for rates by trials before.
    func testAnyNumberOfRanksComesToTheSameBits() throws {
        let folder = try folder()
        let configuration = try configuration(
            "plain.csv",
            [
                "task={classification: {classWeights: balanced}}", "reproducible.shards=4", "training.batch=13",
                "training.labelSmoothing=0.1", "learningRate={}", "training.nonFinite=skip",
            ])
        let alone = try train(configuration, in: folder.path)[0]
        for ranks in [2, 4] {
            for other in try train(configuration, in: folder.path, ranks: ranks) {
                XCTAssertEqual(other.losses.map(\.bitPattern), alone.losses.map(\.bitPattern), "\(ranks) ranks")
                XCTAssertEqual(other.trainLosses.map(\.bitPattern), alone.trainLosses.map(\.bitPattern))
                XCTAssertEqual(other.parameters, alone.parameters, "\(ranks) ranks")
            }
        }
    }

    func testWeightsOfOtherClassesAreRefused() throws {
        let folder = try folder()
        func message(_ weights: String) -> String {
            do {
                _ = try train(
                    configuration("plain.csv", ["task={classification: {classWeights: \(weights)}}"]), in: folder.path)
                return "none"
            } catch {
                return "\(error)"
            }
        }
        for (weights, expected) in [
            ("[1, 2]", "classWeights: expected a weight for each of the 3 classes of the data, found 2"),
            ("{seldom: 2}", "classWeights: expected classes of the data (few, many, rare), found \"seldom\""),
            ("[1, 0, 2]", "each weight is a number from 0.0001 through 10000"),
            ("balance", "did you mean balanced?"), ("{few: much}", "each weight is a number from 0.0001 through 10000"),
        ] {
            let found = message(weights)
            XCTAssertTrue(found.contains(expected), found)
        }
        let written = try configuration("plain.csv", ["task={classification: {classWeights: {rare: 5}}}"])
        XCTAssertEqual(try Configuration(yaml: written.yaml, name: "written"), written)
        XCTAssertThrowsError(try configuration("plain.csv", ["task={regression: {classWeights: balanced}}"]))
        let mixed = """
            data: {format: digits, augmentation: {mixup: {alpha: 0.2}}}
            task: {classification: {classWeights: balanced}}
            model: {preset: mlp}
            """
        XCTAssertThrowsError(try Configuration(yaml: mixed, name: "x.yaml")) {
            XCTAssertTrue("\($0)".contains("expected null with augmentations that mix samples"), "\($0)")
        }
    }
}
