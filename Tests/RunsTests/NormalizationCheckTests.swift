import DataParallel
import MPI
import Runs
import XCTest

/// A batch normalization of one value a channel learns nothing: refused, whichever way the values became so few.
final class NormalizationCheckTests: XCTestCase {
    private func problem(
        _ settings: [String], samples: Int = 96, ranks: Int = 1, layers: String = NormalizationCheckTests.dense
    ) throws -> String {
        let configuration = try Configuration(
            yaml: """
                data: {format: synthetic, synthetic: {samples: \(samples), testSamples: 6, shape: [1, 4, 4], classes: 3}}
                model: {layers: [\(layers), {dense: {units: 3}}]}
                training: {batch: 8, epochs: 2}
                learningRate: {schedule: constant, rate: 0.1}
                """, name: "x", overrides: settings)
        return try InProcessCommunicator.run(ranks: ranks) { communicator in
            do {
                try Experiment(configuration, dataRoot: nil, over: communicator).checkTraining()
                return ""
            } catch let error as AgreedError {
                return error.message
            }
        }[ranks - 1]
    }

    private static let dense = "{dense: {units: 8}}, batchNormalization, relu"
    private static let synchronized = "{dense: {units: 8}}, {batchNormalization: {synchronized: true}}, relu"
    private static let maps = "{convolution: {channels: 2, kernel: 3}}, batchNormalization, relu"
    private static let start =
        "model: batchNormalization (layer 1): expected at least 2 values of each channel in every step, found "

    func testValuesOfOneStep() throws {
        XCTAssertEqual(try problem([]), "")
        XCTAssertEqual(
            try problem(["training.batch=1"]),
            Self.start
                + "1 in a batch of 1: it would make the same of every sample; raise training.batch or use layerNormalization"
        )
        XCTAssertEqual(
            try problem(["training.microBatch=1"]),
            Self.start + "1 in a batch of 8 in pieces of at most 1: it would make the same of every sample; raise "
                + "training.microBatch or use layerNormalization")
        // Pieces are as equal as they can be: 8 samples in pieces of at most 3 are 3, 3 and 2.
        XCTAssertEqual(try problem(["training.microBatch=3"]), "")
        XCTAssertEqual(
            try problem(["training.batch=4"], ranks: 4),
            Self.start
                + "1 in a batch of 4 on 4 ranks: it would make the same of every sample; raise training.batch, start fewer "
                + "ranks, set synchronized: true in the layer or use layerNormalization")
        XCTAssertEqual(try problem(["training.batch=8"], ranks: 4), "")
        XCTAssertTrue(try problem(["reproducible.shards=8"]).contains("1 in a batch of 8 on 8 shards: "))
        XCTAssertEqual(try problem(["reproducible.shards=4"]), "")
    }

    func testTheLastBatchOfAnEpoch() throws {
        XCTAssertEqual(
            try problem([], samples: 97),
            Self.start
                + "1 in the last step of an epoch (97 samples end with a batch of 1): it would make the same of every "
                + "sample; change training.batch or use layerNormalization")
        XCTAssertEqual(try problem([], samples: 98), "")
        // A batch of 5 leaves one of three ranks a single sample; a batch of 2 leaves two of them one each, and the third none.
        XCTAssertTrue(
            try problem([], samples: 93, ranks: 3).contains("(93 samples end with a batch of 5) on 3 ranks: "))
        XCTAssertTrue(
            try problem([], samples: 98, ranks: 3).contains("(98 samples end with a batch of 2) on 3 ranks: "))
        // A run that ends before it.
        XCTAssertEqual(try problem(["training.steps=12"], samples: 97), "")
    }

    func testStatisticsOfAllRanks() throws {
        XCTAssertEqual(try problem(["training.batch=4"], ranks: 4, layers: Self.synchronized), "")
        XCTAssertEqual(try problem([], samples: 98, ranks: 3, layers: Self.synchronized), "")
        XCTAssertTrue(
            try problem([], samples: 97, ranks: 3, layers: Self.synchronized).contains(
                "end with a batch of 1) on 3 ranks"))
        XCTAssertTrue(
            try problem(["training.batch=1"], layers: Self.synchronized).contains("found 1 in a batch of 1: "))
    }

    func testMapsHaveValuesOfTheirOwn() throws {
        XCTAssertEqual(try problem(["training.batch=1"], layers: Self.maps), "")
        XCTAssertTrue(
            try problem(["training.batch=1"], layers: "{convolution: {channels: 2, kernel: 4}}, batchNormalization")
                .hasPrefix(Self.start))
        XCTAssertTrue(
            try problem(
                ["training.batch=1"],
                layers:
                    "{residual: {branch: [{convolution: {channels: 1, kernel: 3, padding: 1}}], shortcut: identity}}, "
                    + "globalAveragePooling, batchNormalization"
            ).contains("(layer 2)"))
    }
}
