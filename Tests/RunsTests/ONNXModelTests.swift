import Datasets
import Foundation
import Logging
import MPI
import NeuralNetwork
import NeuralNetworkTestSupport
import Runs
import Settings
import TrainingTestSupport
import XCTest

/// ONNX models give ONNX Runtime the probabilities that the networks have here.
final class ONNXModelTests: XCTestCase {
    // MARK: - Layers and presets

    func testEveryLayerAndPresetIsComputedAlike() throws {
        var cases: [ExportCase] = []
        let layerCases =
            LayerCase.all + LayerCase.ranks + LayerCase.dilations + LayerCase.branches + LayerCase.upsamplings
            + LayerCase.squeezes + LayerCase.transposed
        for layerCase in layerCases {
            let layers = layerCase.layers + [Dense(units: 4)]
            cases.append(
                try ExportCase(layerCase.name, NetworkSpecification(inputShape: layerCase.inputShape, layers: layers)))
        }
        // Those of some ten million weights are made of the same layers.
        let large = ["resnet18", "resnet34", "resnet50", "vgg11-bn", "convnext-tiny"]
        for type in PresetRegistry.all.types where !large.contains(type.name) {
            let preset = try XCTUnwrap(type.init() as? any Architecture)
            let side = max(12, Swift.type(of: preset).smallestSide ?? 1)
            let shape = preset.tokenCount == nil ? [3, side, side] : [12]
            cases.append(try ExportCase(type.name, preset.network(inputShape: shape, classes: 4)))
        }
        cases.append(
            try ExportCase("resnet20, B", .resnet(depth: 20, inputShape: [3, 12, 12], classes: 4, shortcut: .b)))
        // Names of what goes in, comes out and stands between.
        cases.append(
            try ExportCase(
                "names of a model's own",
                NetworkSpecification(
                    inputShape: [5],
                    layers: [
                        Named("input", Dense(units: 6)), Named("mean", Tanh()), Named("deviation", Dense(units: 5)),
                        Named("probabilities", Dense(units: 4)),
                    ])))
        let covered = Set(layerCases.flatMap { kinds(of: $0.layers) })
        XCTAssertTrue(covered.isSuperset(of: LayerRegistry.all.names), "\(covered)")
        try ExportCase.check(cases)
    }

    /// Padding alone, padding in front, which a causal attention sees alone at first, and none.
    func testPaddingIsLeftOutAlike() throws {
        let samples: [Float] = [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 0, 3, 2, 3, 0, 0, 2, 3]
        let meaning = DataMeaning(sampleShape: [6], classCount: 4)
        func item(_ name: String, _ layers: [any LayerSpecification]) throws -> ExportCase {
            let embedded: [any LayerSpecification] = [
                Embedding(tokens: 4, features: 8, padding: 1), PositionalEncoding(),
            ]
            let network = NetworkSpecification(inputShape: [6], layers: embedded + layers + [Dense(units: 4)])
            return try ExportCase(name, network, meaning, presented: samples, input: samples)
        }
        let causal = Attention(heads: 2, causal: true)
        try ExportCase.check([
            item("attention pooling", [AttentionPooling()]), item("mean pooling", [MeanPooling()]),
            item("attention", [Attention(heads: 2), Flatten()]), item("causal attention", [causal, Flatten()]),
            item("block", [TransformerBlock(heads: 2, hidden: 9, causal: true), AttentionPooling()]),
            item("class token", [ClassToken(), Attention(heads: 4), TokenSelection(position: 0)]),
            item(
                "branches",
                [
                    Concatenation([Branch("a", [causal]), Branch("b")], along: .features), LayerNormalization(),
                    AttentionPooling(),
                ]),
        ])
    }

    func testStandardizationIsWithin() throws {
        let color = DataMeaning(sampleShape: [3, 6, 5], fullScale: 255, classCount: 4)
        let bytes = ExportCase.samples(of: color, in: 0...255)
        let plain = bytes.map { $0 / 255 }
        let statistics = Standardization(mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.25, 0.3])
        let standardized = plain.enumerated().map { index, value in
            let channel = index / 30 % 3
            return Float((Double(value) - statistics.mean[channel]) / statistics.standardDeviation[channel])
        }
        // The mean has more digits than 32 bits hold.
        let table = DataMeaning(sampleShape: [2], fullScale: 1, classCount: 4)
        let columns = Standardization(mean: [-1, 8_388_608.3], standardDeviation: [2, 0.5])
        let rows: [Float] = [-2, 8_388_608, 0, 8_388_609, 3, 8_388_607]
        let presented = rows.enumerated().map { index, value in
            Float((Double(value) - columns.mean[index % 2]) / columns.standardDeviation[index % 2])
        }
        let layers: [any LayerSpecification] = [Dense(units: 9), Tanh(), Dense(units: 4)]
        try ExportCase.check([
            ExportCase(
                "bytes", .init(inputShape: [3, 6, 5], layers: layers), color, presented: plain, input: bytes),
            ExportCase(
                "standardized bytes", .init(inputShape: [3, 6, 5], layers: layers), color, statistics,
                presented: standardized, input: bytes),
            ExportCase(
                "a table", .init(inputShape: [2], layers: layers), table, columns, presented: presented, input: rows),
        ])
    }

    /// Real targets leave in their own units, each by its own scale, and labels as probabilities.
    func testTargetsAreInTheirUnits() throws {
        func scale(_ mean: Double, _ deviation: Double, _ more: String = "") throws -> TargetScale {
            try JSONDecoder().decode(
                TargetScale.self,
                from: Data(
                    #"{"mean":\#(mean),"standardDeviation":\#(deviation),"lowest":-9,"highest":9,"edges":[0]\#(more)}"#
                        .utf8))
        }
        let scales = try [scale(3, 0.5), scale(-1, 2), scale(0.25, 0.125)]
        let layers: [any LayerSpecification] = [Dense(units: 9), Tanh(), Dense(units: 3)]
        let rows: [Float] = [-2, 1, 0, 0.5, 3, -0.75]
        for count in [1, 3] {
            let meaning = DataMeaning(sampleShape: [2], classCount: 2, targetScales: Array(scales.prefix(count)))
            try ExportCase.check([
                ExportCase(
                    "\(count) targets", .init(inputShape: [2], layers: layers.dropLast() + [Dense(units: count)]),
                    meaning,
                    presented: rows, input: rows)
            ])
        }
        let label = try scale(0, 1, #","isLabel":true"#)
        try ExportCase.check([
            ExportCase(
                "labels", .init(inputShape: [2], layers: layers),
                DataMeaning(sampleShape: [2], classCount: 2, targetScales: [label, label, label]), presented: rows,
                input: rows)
        ])
    }

    // MARK: - Runs

    /// A run and its checkpoint, with the average of the weights in their place.
    func testARunIsExportedAsItIsEvaluated() throws {
        let folder = try TemporaryDirectory()
        let output = folder.file("run")
        let configuration = try Configuration(
            yaml: """
                seed: 1
                data: {format: digits}
                model: {layers: [{convolution: {channels: 4, kernel: 3}}, batchNormalization, relu, {dense: 10}]}
                training: {batch: 64, epochs: 2}
                learningRate: {schedule: constant, rate: 0.05}
                averaging: {form: exponential, decay: 0.9}
                checkpoint: {cycle: true}
                output: {plot: false}
                """, name: "digits")
        let cases = try InProcessCommunicator.run(ranks: 1) { communicator in
            let run = try TrainingRun(
                configuration, file: "digits.yaml", dataRoot: nil, output: output,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, over: communicator)
            try run.run(showsProgress: false)
            return try [EvaluatedWeights.final, .checkpoint(.last)].map { weights in
                let model = try TrainedModel(of: output, weights: weights, dataRoot: nil, over: communicator)
                return try ExportCase("\(weights)", model, presenting: run.experiment.data.test)
            }
        }[0]
        XCTAssertEqual(cases[0].probabilities, cases[1].probabilities)
        try ExportCase.check(cases)
    }

    func testWhatCannotBeExportedIsNamed() throws {
        func problem(_ layers: [any LayerSpecification], tensors: [Tensor], mean: Int? = nil) -> String {
            do {
                _ = try ONNXModel(
                    NetworkSpecification(inputShape: [3], layers: layers), tensors: tensors,
                    standardization: mean.map {
                        Standardization(
                            mean: .init(repeating: 0, count: $0), standardDeviation: .init(repeating: 1, count: $0))
                    }, meaning: DataMeaning(sampleShape: [3], classCount: 2))
                return ""
            } catch { return "\(error)" }
        }
        let weight = Tensor(name: "1.weight", shape: [2, 3], values: .init(repeating: 0, count: 6))
        let other = Tensor(name: "2.weight", shape: [2, 3], values: .init(repeating: 0, count: 6))
        let dense = Dense(units: 2, bias: false)
        XCTAssertEqual(problem([Tanh(), dense], tensors: [weight]), "")
        XCTAssertEqual(
            problem([Doubling(), dense], tensors: [weight]),
            "layer 0 of the network: doubling: expected a layer that says its ONNX nodes, found one that does not")
        XCTAssertEqual(
            problem([Residual([Doubling()]), dense], tensors: [weight]),
            "layer 0.branch.0 of the network: doubling: expected a layer that says its ONNX nodes, found one that does "
                + "not")
        XCTAssertEqual(
            problem([Tanh(), dense], tensors: [other]),
            "layer 1 of the network: dense: expected a tensor 1.weight [2, 3] among the weights, found none")
        XCTAssertEqual(
            problem([Tanh(), dense], tensors: [weight, other]),
            "the network: expected the weights of its layers alone, found 2.weight too")
        XCTAssertEqual(
            problem([Tanh(), dense], tensors: [weight], mean: 2),
            "the network: expected standardization of 3 channels or features, found 2")
    }

    private func kinds(of layers: [any LayerSpecification]) -> [String] {
        layers.flatMap { layer in [layer.kind] + layer.inner.flatMap { kinds(of: $0.layers) } }
    }
}

/// A layer of another package, made of one of this.
private struct Doubling: LayerSpecification {
    static let name = "doubling"
    static let settings: [Setting<Self>] = []

    func outputShape(input: [Int]) -> [Int] { input }

    func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        try Residual([Flatten()]).lowered(place, &lowering)
    }
}
