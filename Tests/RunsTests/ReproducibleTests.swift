import DataParallel
import Foundation
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// With a fixed number of shards, training comes to the same bits on any number of ranks.
final class ReproducibleTests: XCTestCase {
    /// A range test and three epochs on some of the digits: convolution, normalisation, dropout, augmentation, a residual
    /// block, and a last batch of fewer samples than shards.
    private func configuration(_ overrides: [String]) throws -> Configuration {
        try Configuration(
            yaml: """
                seed: 4
                data: {format: digits, validation: 0.2, augmentation: {crop: 1, flip: true}}
                model:
                  layers:
                    - {convolution: {channels: 16, kernel: 3, padding: 1, bias: false}}
                    - batchNormalization
                    - relu
                    - {residual: {branch: [{convolution: {channels: 16, kernel: 3, padding: 1}}, batchNormalization]}}
                    - relu
                    - {maxPooling: {kernel: 2}}
                    - flatten
                    - {dropout: {rate: 0.2}}
                    - {dense: {units: 10}}
                training: {batch: 87, epochs: 3, cycle: 0.5}
                learningRate: {source: validation, rangeTest: {steps: 60}}
                reproducible: {shards: 8}
                """, name: "x.yaml", overrides: overrides)
    }

    private func traces(_ configuration: Configuration, ranks: Int, sharesMemory: Bool) throws -> [Trace] {
        try InProcessCommunicator.run(ranks: ranks) { communicator in
            var configuration = configuration
            configuration.reduction.sharedMemory = sharesMemory
            let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
            let trainer = try experiment.trainer()
            var trace = Trace()
            try trainer.train(onStep: { trace.steps.append($0) }, onCycle: { trace.cycles.append($0) })
            trace.parameters =
                try experiment.replica.network.exportParameters() + experiment.replica.network.exportStatistics()
            // The arenas are shared: nobody leaves before all have read.
            try communicator.barrier()
            return trace
        }
    }

    func testAnyNumberOfRanksComesToTheSameBits() throws {
        for (overrides, what) in [
            ([], "plain"), (["optimizer={name: lamb, clipNorm: 0.5}"], "norms of tensors and of all"),
            (["learningRate.layers={measure: prototype, share: 0.5}"], "rates of layers"),
            (["averaging.form=polynomial"], "averaged parameters"),
        ] {
            let configuration = try configuration(overrides)
            let alone = try traces(configuration, ranks: 1, sharesMemory: true)[0]
            XCTAssertLessThan(alone.losses.last!, 0.5 * alone.losses[0], what)
            for ranks in [2, 4, 8] {
                for sharesMemory in [true, false] {
                    for (rank, trace) in try traces(configuration, ranks: ranks, sharesMemory: sharesMemory)
                        .enumerated()
                    {
                        let what = "\(what), rank \(rank)/\(ranks), shares memory: \(sharesMemory)"
                        XCTAssertEqual(trace.lossBits, alone.lossBits, what)
                        XCTAssertEqual(trace.rateBits, alone.rateBits, what)
                        XCTAssertEqual(trace.parameterBits, alone.parameterBits, what)
                        XCTAssertEqual(trace.cycles.map(\.train), alone.cycles.map(\.train), what)
                        XCTAssertEqual(trace.cycles.map(\.validation), alone.cycles.map(\.validation), what)
                        XCTAssertEqual(trace.cycles.map(\.test), alone.cycles.map(\.test), what)
                        XCTAssertEqual(trace.cycles.map(\.layers), alone.cycles.map(\.layers), what)
                    }
                }
            }
        }
    }

    /// Without it, the sums depend on the ranks: what the law above holds is not there by itself.
    func testOneShardARankDependsOnTheRanks() throws {
        let configuration = try configuration(["reproducible.shards=null"])
        let alone = try traces(configuration, ranks: 1, sharesMemory: true)[0]
        let two = try traces(configuration, ranks: 2, sharesMemory: true)[0]
        XCTAssertNotEqual(alone.parameterBits, two.parameterBits)
    }

    func testShardsThatCannotBeSharedOutAreRefused() throws {
        func problem(_ overrides: [String], ranks: Int) throws -> String {
            let configuration = try configuration(overrides)
            return try InProcessCommunicator.run(ranks: ranks) { communicator in
                do {
                    _ = try Experiment(configuration, dataRoot: nil, over: communicator)
                    return "none"
                } catch {
                    return "\(error)"
                }
            }[0]
        }
        XCTAssertEqual(
            try problem([], ranks: 3),
            "reproducible.shards is 8: expected 1, 2, 4 and so on up to 8 ranks, found 3; start so many, or set shards to a "
                + "power of two that the number of ranks divides")
        XCTAssertEqual(
            try problem(["reproducible.shards=2"], ranks: 4),
            "reproducible.shards is 2: expected 1 or 2 ranks, found 4; start so many, or set shards to a power of two that "
                + "the number of ranks divides")
        XCTAssertEqual(
            try problem(
                ["data={format: synthetic, validation: 0.2, synthetic: {samples: 5, shape: [1, 8, 8], classes: 10}}"],
                ranks: 2),
            "reproducible.shards: expected at most one a sample of a batch (4), found 8; lower it")
        XCTAssertTrue(
            try problem(["model={preset: resnet20, synchronized: true}"], ranks: 2).hasSuffix(
                "reproducible.shards: expected null with batch normalisation that is synchronized over the ranks, found 8"
            ))
        for (override, expected) in [
            ("reproducible.shards=6", "reproducible.shards: expected an integer that is a power of two, found 6"),
            ("training.batch=4", "reproducible.shards: expected at most training.batch (4), found 8"),
            (
                "reduction.compression=bf16",
                "reduction.compression: expected none with reproducible.shards, found bf16"
            ),
            (
                "training.microBatch=4",
                "training.microBatch: expected null with reproducible.shards, which cuts the batch already, found 4"
            ),
        ] {
            XCTAssertThrowsError(try configuration([override])) { error in
                XCTAssertTrue("\(error)".hasSuffix(expected), "\(error)")
            }
        }
    }
}
