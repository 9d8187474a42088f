import Logging
import MPI
import NeuralNetwork
import Runs
import TrainingTestSupport
import XCTest

/// `learningRate.layerDecay`: the rate falls from each layer to the one in front of it.
final class LayerDecayTests: XCTestCase {
    private func configuration(_ decay: Double?, model: String = "", rest: String = "") throws -> Configuration {
        let model = model.isEmpty ? "" : ", \(model)"
        return try Configuration(
            yaml: """
                seed: 1
                data: {format: synthetic, synthetic: {samples: 96, testSamples: 16, shape: [1, 6, 6], classes: 5}}
                model: {layers: [{convolution: {channels: 4, kernel: 3}}, relu, flatten, {dense: 8}, relu, {dense: 5}]\(model)}
                training: {batch: 16, epochs: 2}
                output: {plot: false}
                \(rest)
                """, name: "x.yaml", overrides: decay.map { ["learningRate.layerDecay=\($0)"] } ?? [])
    }

    private func train(
        _ configuration: Configuration, into output: String, ranks: Int = 1, resumes: Bool = false
    ) throws -> [String: [UInt32]] {
        _ = try InProcessCommunicator.run(ranks: ranks) { communicator in
            let run = try TrainingRun(
                configuration, file: "x.yaml", dataRoot: nil, output: output, resumes: resumes,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            try run.run(showsProgress: false)
        }
        let tensors = try TrainedModel(readingFrom: "\(output)/model.safetensors").parameters
        return Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.values.map(\.bitPattern)) })
    }

    /// Trials look for the rate with the same shares: else they would find another one.
    func testRatesThatVanishAreThoseOfFrozenLayers() throws {
        let folder = try TemporaryDirectory()
        for ranks in [1, 2] {
            let decayed = try train(configuration(1e-300), into: folder.file("decayed-\(ranks)"), ranks: ranks)
            let frozen = try train(
                configuration(nil, model: "freeze: [\"0\", \"3\"]"), into: folder.file("frozen-\(ranks)"), ranks: ranks)
            XCTAssertEqual(decayed, frozen, "\(ranks)")
            let whole = try train(configuration(nil), into: folder.file("whole-\(ranks)"), ranks: ranks)
            XCTAssertNotEqual(whole["3.weight"], decayed["3.weight"], "\(ranks)")
        }
    }

    func testAnyRanksAndARunThatGoesOnComeToTheSameBits() throws {
        let folder = try TemporaryDirectory()
        let rest = "optimizer: {name: adamw}\nlearningRate: {schedule: constant, rate: 0.01}\nreproducible: {shards: 4}"
        let whole = try train(configuration(0.5, rest: rest), into: folder.file("whole"))
        XCTAssertEqual(try train(configuration(0.5, rest: rest), into: folder.file("two"), ranks: 2), whole)
        let (part, output) = (try configuration(0.5, rest: rest).ending(after: 5), folder.file("part"))
        XCTAssertNotEqual(try train(part, into: output), whole)
        XCTAssertThrowsError(try train(configuration(0.75, rest: rest), into: output, resumes: true)) { error in
            let message = "learningRate.layerDecay: expected 0.5, as the run began, found 0.75"
            XCTAssertTrue("\(error)".contains(message), "\(error)")
        }
        XCTAssertEqual(try train(configuration(0.5, rest: rest), into: output, ranks: 2, resumes: true), whole)
    }

    func testItIsToldAndRefusedWhereItMeansNothing() throws {
        func told(_ decay: Double?) throws -> [String] {
            let configuration = try configuration(decay)
            return try InProcessCommunicator.run(ranks: 1) { communicator in
                let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
                var lines: [String] = []
                try experiment.review(show: { lines.append($0) }, warn: { _ in })
                try experiment.free()
                return lines.filter { $0.contains("layerDecay") }
            }[0]
        }
        XCTAssertEqual(try told(nil), [])
        XCTAssertEqual(
            try told(0.75),
            [
                "learning rates fall with depth: the whole rate in 5, 0.75 of it with each layer or block in front of it, "
                    + "0.562 in 0, 2 of them away (learningRate.layerDecay)"
            ])
        for name in ["prodigy", "dog", "momo"] {
            XCTAssertThrowsError(try configuration(0.75, rest: "optimizer: {name: \(name)}")) { error in
                let message =
                    "learningRate.layerDecay: expected 1.0 with optimizer \(name), which measures one length of step over all "
                    + "layers, found 0.75"
                XCTAssertTrue("\(error)".contains(message), "\(error)")
            }
        }
        for name in ["sgd", "adamw", "lars", "schedule-free-adamw"] {
            XCTAssertNoThrow(try configuration(0.75, rest: "optimizer: {name: \(name)}"), name)
        }
        XCTAssertThrowsError(
            try Configuration(
                yaml: "data: {format: digits}\nmodel: {preset: mlp}\nlearningRate: {layer_decay: 0.75}", name: "x")
        ) { XCTAssertTrue("\($0)".contains("did you mean learningRate.layerDecay?"), "\($0)") }
        XCTAssertThrowsError(try configuration(1.5)) {
            XCTAssertTrue("\($0)".contains("learningRate.layerDecay: expected a number "), "\($0)")
        }
    }
}

extension Configuration {
    /// The same, ending after so many steps.
    fileprivate func ending(after steps: Int) -> Self {
        var configuration = self
        configuration.training.steps = steps
        return configuration
    }
}
