import DataParallel
import Datasets
import Foundation
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// Trainings on sequences of tokens.
final class TokenTrainingTests: XCTestCase {
    private let folder = try! TemporaryDirectory()

    private func configuration(_ overrides: [String] = []) throws -> Configuration {
        try Configuration(
            yaml: TokenFiles.source + "\n" + """
                seed: 3
                model: {preset: text-transformer, tokens: 12, padding: 0, features: 16, heads: 2, dropout: 0.1}
                training: {batch: 29, epochs: 2, watch: off}
                learningRate: {schedule: constant, rate: 0.05}
                reproducible: {shards: 4}
                """, name: "x.yaml", overrides: overrides)
    }

    private func parameters(ranks: Int) throws -> [Tensor] {
        let (configuration, root) = (try configuration(), folder.path)
        return try InProcessCommunicator.run(ranks: ranks) { communicator in
            let experiment = try Experiment(configuration, dataRoot: root, over: communicator)
            try experiment.train()
            let parameters = try experiment.replica.network.exportParameters()
            // The arenas are shared: nobody leaves before all have read.
            try communicator.barrier()
            return parameters
        }[0]
    }

    func testAnyNumberOfRanksComesToTheSameBits() throws {
        try TokenFiles(in: folder).write(as: Int32.self, "<i4")
        let alone = try parameters(ranks: 1)
        XCTAssertEqual(alone.first { $0.name == "0.weight" }?.values.prefix(16), ArraySlice(repeating: 0, count: 16))
        for ranks in [2, 4] {
            let found = try parameters(ranks: ranks)
            for (one, other) in zip(alone, found) {
                XCTAssertEqual(one.values.map(\.bitPattern), other.values.map(\.bitPattern), "\(ranks), \(one.name)")
            }
        }
    }

    /// Bytes, words, and numbers of 8 bytes present the same tokens, which are not standardized.
    func testTypesOfNumbers() throws {
        let files = TokenFiles(in: folder)
        var presented: [[Float]] = []
        for write in [
            { try files.write(as: UInt8.self, "|u1") }, { try files.write(as: UInt16.self, "<u2") },
            { try files.write(as: Int64.self, "<i8") },
        ] {
            try write()
            let data = try configuration().loadData(root: folder.path)
            XCTAssertNil(data.standardization)
            var (features, labels) = ([Float](repeating: -1, count: 12), [Int32](repeating: 0, count: 1))
            do {
                var spanOfFeatures = features.mutableSpan
                var spanOfLabels = labels.mutableSpan
                data.train.copyBatch([5].span, into: &spanOfFeatures, labels: &spanOfLabels)
            }
            presented.append(features)
        }
        XCTAssertEqual(presented[0], presented[1])
        XCTAssertEqual(presented[0], presented[2])
        XCTAssertTrue(presented[0].allSatisfy { (0...11).contains($0) && $0 == $0.rounded() })
        XCTAssertTrue(presented[0].contains { $0 > 1 })
    }

    func testANumberOfNoTokenIsNamed() throws {
        try TokenFiles(in: folder).write(as: Int16.self, "<i2") { $0[7 * TokenFiles.length + 2] = 12 }
        let (configuration, root) = (try configuration(), folder.path)
        XCTAssertThrowsError(
            try InProcessCommunicator.run(ranks: 2) { communicator in
                _ = try Experiment(configuration, dataRoot: root, over: communicator)
            }
        ) { error in
            XCTAssertTrue(
                "\(error)".contains(
                    "training samples: expected token numbers from 0 to 11, found 12.0 at position 2 of sample 7"),
                "\(error)")
        }
    }

    /// A first token that is the same everywhere is no mistake; what is taken of the numbers is told.
    func testReview() throws {
        try TokenFiles(in: folder).write(as: Int32.self, "<i4") { tokens in
            for start in stride(from: 0, to: tokens.count, by: TokenFiles.length) { tokens[start] = 11 }
        }
        let (configuration, root) = (try configuration(), folder.path)
        let told = try InProcessCommunicator.run(ranks: 1) { communicator in
            var (lines, warnings): ([String], [DataWarning.Kind]) = ([], [])
            try Experiment(configuration, dataRoot: root, over: communicator)
                .review(show: { lines.append($0) }, warn: { warnings.append($0.kind) })
            return (lines: lines, warnings: warnings)
        }[0]
        XCTAssertTrue(
            told.lines.contains("tokens: numbers from 0 to 11, as they stand; data.standardize has no effect on them"),
            "\(told.lines)")
        XCTAssertFalse(told.warnings.contains(.constantFeatures))
    }

    func testPredictionsNameANumberOfNoToken() throws {
        try TokenFiles(in: folder).write(as: Int32.self, "<i4")
        let configuration = try configuration(["training.steps=1", "output.plot=false"])
        let root = folder.path
        try InProcessCommunicator.run(ranks: 1) { communicator in
            let predictor = try Predictor(ofTraining: configuration, in: root, over: communicator)
            var samples = [Float](repeating: 3, count: 130 * TokenFiles.length)
            XCTAssertEqual(try predictor.predictions(of: samples).count, 130)
            samples[129 * TokenFiles.length + 5] = 12
            XCTAssertThrowsError(try predictor.predictions(of: samples)) { error in
                XCTAssertTrue(
                    "\(error)".hasPrefix(
                        "samples: expected token numbers from 0 to 11, found 12.0 at position 5 of sample 129; "),
                    "\(error)")
            }
        }
    }
}
