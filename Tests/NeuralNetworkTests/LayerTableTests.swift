import NeuralNetwork
import NeuralNetworkTestSupport
import Settings
import SettingsTestSupport
import XCTest

/// Layers and presets follow the laws of tables.
final class LayerTableTests: XCTestCase {
    private let bases: [String: [String: String]] = [
        "dense": ["units": "3"], "convolution": ["channels": "3", "kernel": "3"], "maxPooling": ["kernel": "3"],
        "averagePooling": ["kernel": "3"], "dropout": ["rate": "0.5"], "residual": ["branch": "[relu]"],
        "positionwiseDense": ["units": "3"], "embedding": ["tokens": "9", "features": "4"], "attention": ["heads": "2"],
        "transformerBlock": ["heads": "2", "hidden": "8"], "patchEmbedding": ["patch": "2", "features": "4"],
        "columnEmbeddings": ["positions": "[3]", "levels": "[3]"], "groupNormalization": ["groups": "3"],
        "concatenation": ["branches": "{a: [relu]}"], "addition": ["branches": "{a: [relu]}"],
        "transposedConvolution": ["channels": "3", "kernel": "3"],
        "stochasticDepth": ["rate": "0.5"],
        "adaptiveAveragePooling": ["size": "7"], "named": ["name": "conv1", "layer": "tanh"],
    ]

    private func check<Part: Component>(_ type: Part.Type) {
        assertTableLaws(type, base: bases[Part.name] ?? [:])
    }

    func testEachPropertyHasASetting() {
        for type in LayerRegistry.all.types + PresetRegistry.all.types { check(type) }
        assertTableLaws(LayerList.self, base: ["layers": "[relu]"])
    }

    /// The shape rule and the parameters say of each layer what the running network has.
    func testParametersAreThoseOfTheNetwork() throws {
        for layerCase in LayerCase.all + LayerCase.ranks + LayerCase.dilations + LayerCase.branches
            + LayerCase.upsamplings + LayerCase.squeezes + LayerCase.transposed
        {
            let specification = NetworkSpecification(
                inputShape: layerCase.inputShape, layers: layerCase.layers + [Dense(units: 3)])
            let network = try TestNetwork(specification).network
            var declared: [String: [Int]] = [:]
            try gather(specification.layers, input: specification.inputShape, prefix: "", names: "", into: &declared)
            let found = Dictionary(uniqueKeysWithValues: network.layout.tensors.map { ($0.name, $0.shape) })
            XCTAssertEqual(found, declared, layerCase.name)
        }
    }

    private func gather(
        _ layers: [any LayerSpecification], input: [Int], prefix: String, names: String,
        into shapes: inout [String: [Int]]
    ) throws {
        var shape = input
        for (path, layer) in NetworkSpecification.listed(layers, prefix: prefix, names: names) {
            for parameter in layer.parameters(LayerPlace(path: path, input: shape)) {
                shapes[LayerParameter.name(parameter.name, at: path)] = parameter.shape
            }
            for (key, layers) in layer.inner(input: shape) {
                try gather(layers, input: shape, prefix: "\(path).\(key).", names: "\(path).", into: &shapes)
            }
            shape = try layer.outputShape(input: shape)
        }
    }

    /// Those within others are counted, as random streams tell them apart.
    func testMoreLayersThanThereAreNumbersAreRefused() {
        func problem(_ count: Int) -> String? {
            let block = Residual([any LayerSpecification](repeating: ReLU(), count: 300))
            let network = NetworkSpecification(
                inputShape: [4], layers: [any LayerSpecification](repeating: block, count: count) + [Dense(units: 2)])
            do { _ = try network.outputShapes() } catch { return error.problem }
            return nil
        }
        XCTAssertNil(problem(3))
        XCTAssertEqual(problem(218), "expected at most 65535 layers, those within others included")
    }
}
