import MPI
import NeuralNetwork
import Optimizers
import Runs
import Settings
import Training
import TrainingTestSupport
import XCTest

/// The optimizer that stands where none is chosen: AdamW for transformers and other networks with layer normalization, else SGD.
final class DefaultOptimizerTests: XCTestCase {
    private func configuration(_ model: String, _ overrides: [String] = []) throws -> Configuration {
        try Configuration(yaml: "data: {format: digits}\nmodel: \(model)", name: "x.yaml", overrides: overrides)
    }

    private func name(_ model: String, _ overrides: [String] = []) throws -> String {
        type(of: try configuration(model, overrides).optimizer.rule).name
    }

    func testEachPresetHasTheOneOfItsLayers() throws {
        for preset in PresetRegistry.all.names {
            let configuration = try configuration("{preset: \(preset)}")
            let architecture = configuration.model.architecture
            // Large enough for all, and token numbers for those that take them.
            let shape = architecture.tokenCount == nil ? [3, 64, 64] : [16]
            let layers = architecture.network(inputShape: shape, classes: 10).layers
            // Its embeddings depend on the data.
            XCTAssertEqual(
                architecture.favorsAdaptiveRates,
                layers.contains { $0.favorsAdaptiveRates } || architecture is TabularPerceptron, "\(preset)")
            XCTAssertTrue(
                architecture.favorsAdaptiveRates
                    ? configuration.optimizer.rule as? AdamW == AdamW() : configuration.optimizer.rule is SGD,
                "\(preset)")
        }
    }

    func testLayersWithinOthersCount() throws {
        for layer in [
            "layerNormalization", "{layerNormalization: {over: channels}}", "rmsNormalization",
            "{residual: {branch: [layerNormalization]}}",
            "{named: {name: a, layer: {residual: {branch: [batchNormalization, rmsNormalization]}}}}",
        ] {
            XCTAssertEqual(try name("{layers: [\(layer), flatten, {dense: 10}]}"), "adamw", layer)
        }
        for layer in [
            "batchNormalization", "{groupNormalization: {groups: 1}}", "{residual: {branch: [batchNormalization]}}",
            "relu",
        ] {
            XCTAssertEqual(try name("{layers: [\(layer), flatten, {dense: 10}]}"), "sgd", layer)
        }
        let patches = "{patchEmbedding: {patch: 4, features: 8}}"
        for block in ["{transformerBlock: {heads: 2, hidden: 8}}", "{attention: {heads: 2}}"] {
            XCTAssertEqual(try name("{layers: [\(patches), \(block), meanPooling, {dense: 10}]}"), "adamw", block)
        }
        XCTAssertEqual(try name("{layers: [\(patches), meanPooling, {dense: 10}]}"), "sgd")
    }

    func testAChoiceStands() throws {
        XCTAssertEqual(try name("{preset: vit-tiny}", ["optimizer.name=sgd"]), "sgd")
        XCTAssertEqual(try name("{preset: mlp}", ["optimizer.name=adamw"]), "adamw")
        XCTAssertEqual(try name("{preset: vit-tiny}", ["model={preset: mlp}"]), "sgd")
        let decayed = try configuration("{preset: vit-tiny}", ["optimizer.weightDecay=0.1"])
        XCTAssertEqual(decayed.optimizer.rule as? AdamW, AdamW(weightDecay: 0.1))
    }

    /// In code as in a file; what is written says it, and is read as the same.
    func testItIsWrittenAndMadeInCode() throws {
        let read = try configuration("{preset: vit-tiny}")
        XCTAssertTrue(read.yaml.contains("\n  name: adamw\n"), read.yaml)
        XCTAssertEqual(try Configuration(yaml: read.yaml, name: "y.yaml"), read)
        XCTAssertEqual(Configuration(data: read.data, model: read.model).optimizer, read.optimizer)
        let perceptron = try configuration("{preset: mlp}")
        XCTAssertEqual(Configuration(data: read.data, model: perceptron.model).optimizer, perceptron.optimizer)
    }

    func testItIsTold() throws {
        func told(_ configuration: Configuration) throws -> [String] {
            try InProcessCommunicator.run(ranks: 1) { communicator in
                var lines: [String] = []
                try Experiment(configuration, dataRoot: nil, over: communicator)
                    .review(show: { lines.append($0) }, warn: { _ in })
                return lines.filter { $0.hasPrefix("optimizer") }
            }[0]
        }
        let small = "{preset: vit-tiny, features: 4, heads: 1, depth: 1}"
        XCTAssertEqual(
            try told(configuration(small)),
            [
                "optimizer: adamw, the default of networks with attention, an embedding, or layer or RMS normalization; of "
                    + "others it is sgd (optimizer.name)"
            ])
        XCTAssertEqual(try told(configuration(small, ["optimizer.name=sgd"])), [])
        XCTAssertEqual(try told(configuration("{preset: mlp}")), [])
    }

    /// Any number of ranks finds the same bounds and comes to the same bits.
    func testATransformerLearnsOnTheDefaults() throws {
        let configuration = try configuration(
            "{preset: vit-tiny, patch: 4, features: 16, heads: 2, depth: 3}",
            ["training={batch: 32, epochs: 4}", "reproducible.shards=2"])
        func run(ranks: Int) throws -> (accuracy: Double, parameters: [Tensor]) {
            try InProcessCommunicator.run(ranks: ranks) { communicator in
                let experiment = try Experiment(configuration, dataRoot: nil, over: communicator)
                var accuracy = 0.0
                try experiment.trainer().train(onCycle: { accuracy = $0.test?.accuracy ?? 0 })
                let parameters = try experiment.replica.network.exportParameters()
                // The arenas are shared: nobody leaves before all have read.
                try communicator.barrier()
                return (accuracy, parameters)
            }[0]
        }
        let (alone, two) = (try run(ranks: 1), try run(ranks: 2))
        XCTAssertGreaterThan(alone.accuracy, 0.8)
        XCTAssertEqual(alone.accuracy, two.accuracy)
        for (one, other) in zip(alone.parameters, two.parameters) {
            XCTAssertEqual(one.values.map(\.bitPattern), other.values.map(\.bitPattern), one.name)
        }
    }

    /// Where nothing can be known, trials become longer up to four times and half of the training; those of other networks do not.
    func testTrialsBecomeLongerForTheseNetworksAlone() throws {
        for (layer, epochs, steps) in [
            ("layerNormalization", 40, 160), ("layerNormalization", 15, 80), ("layerNormalization", 7, 40),
            ("relu", 40, 40),
        ] {
            let configuration = try Configuration(
                yaml: """
                    data: {format: synthetic, synthetic: {samples: 512, testSamples: 8, shape: [6], classes: 16, noise: 1000}}
                    model: {layers: [\(layer), {dense: {units: 16}}]}
                    training: {batch: 32, epochs: \(epochs)}
                    """, name: "x.yaml")
            let search = try InProcessCommunicator.run(ranks: 1) { communicator in
                try Experiment(configuration, dataRoot: nil, over: communicator).searchBounds()
            }[0]
            guard case .trials(let trials) = search else { return XCTFail("\(search)") }
            XCTAssertEqual(trials.steps, steps, "\(layer), \(epochs) epochs: \(search)")
        }
    }
}
