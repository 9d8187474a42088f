import NeuralNetwork
import Runs
import Settings
import XCTest

/// Section `model`: presets and lists of layers.
final class ModelConfigurationTests: XCTestCase {
    private func configuration(_ model: String) throws(ConfigurationError) -> Configuration {
        try Configuration(yaml: "data: {format: digits}\nmodel: \(model)", name: "x.yaml")
    }

    private func assert(_ model: String, is architecture: any Architecture) throws {
        let found = try configuration(model).model.architecture
        XCTAssertTrue(found.isEqual(architecture), "\(model): \(found)")
    }

    private func error(_ model: String) -> String {
        do {
            return "no error but \(try configuration(model))"
        } catch {
            return "\(error)"
        }
    }

    // MARK: - Reading and writing

    func testPresetsAndTheirDocumentedDefaults() throws {
        func lines(_ model: String) throws -> [String] {
            let lines = try configuration(model).yaml.split(separator: "\n").map(String.init)
            let start = try XCTUnwrap(lines.firstIndex(of: "model:")) + 1
            return try Array(lines[start..<XCTUnwrap(lines.firstIndex(of: "training:"))])
        }
        XCTAssertEqual(try lines("{preset: lenet5}"), ["  preset: lenet5", "  convolution: auto"])
        XCTAssertEqual(try lines("{preset: cnn}"), ["  preset: cnn", "  dropout: 0.0", "  convolution: auto"])
        for depth in [20, 32, 44, 56, 110] {
            XCTAssertEqual(
                try lines("{preset: resnet\(depth)}"),
                ["  preset: resnet\(depth)", "  shortcut: A", "  synchronized: false", "  convolution: auto"])
        }
        XCTAssertEqual(
            try lines("{preset: wrn16-4}"),
            ["  preset: wrn16-4", "  dropout: 0.0", "  synchronized: false", "  convolution: auto"])
    }

    func testSettingsOfEachPreset() throws {
        var mlp = MultilayerPerceptron()
        mlp.activation = Tanh()
        mlp.hidden = []
        try assert("{preset: mlp, activation: tanh, hidden: []}", is: mlp)
        mlp.activation = GELU(.tanh)
        try assert("{preset: mlp, activation: {gelu: tanh}, hidden: []}", is: mlp)
        var cnn = ConvolutionalNetwork()
        cnn.dropout = 0.5
        try assert("{preset: cnn, dropout: 0.5}", is: cnn)
        try assert("{preset: resnet20}", is: ResidualNetwork<20>())
        var resnet = ResidualNetwork<32>()
        resnet.shortcut = .b
        resnet.synchronized = true
        try assert("{preset: resnet32, shortcut: B, synchronized: true}", is: resnet)
        var wide = WideResidualNetwork()
        wide.dropout = 0.3
        wide.synchronized = true
        try assert("{preset: wrn16-4, dropout: 0.3, synchronized: true}", is: wide)
        for algorithm in ConvolutionChoice.allCases {
            XCTAssertEqual(
                try configuration("{preset: cnn, convolution: \(algorithm.rawValue)}").model.convolution, algorithm)
        }
    }

    private static let everyLayer = """

          layers:
          - convolution: {channels: 8, kernel: 3}
          - convolution: {channels: 6, kernel: [5, 3], stride: [2, 1], padding: [2, 0], groups: 2, bias: false, initializer: he}
          - batchNormalization
          - batchNormalization: {momentum: 1, epsilon: 1e-3, synchronized: true}
          - layerNormalization
          - layerNormalization: {epsilon: 0.5}
          - sigmoid
          - maxPooling: {kernel: 3, stride: 2, padding: 1}
          - averagePooling: {kernel: [2, 1]}
          - residual:
              branch: [relu, residual: {branch: [tanh], shortcut: [relu, dropout: {rate: 0.1}]}]
          - residual: {branch: [convolution: {channels: 9, kernel: 1}], shortcut: padding}
          - residual: {branch: [relu], shortcut: identity}
          - gelu
          - gelu: tanh
          - globalMaxPooling
          - globalAveragePooling
          - flatten: {}
          - dropout: {rate: 0.25}
          - dense: {units: 10}
        """

    func testEveryLayerIsRead() throws {
        let inner = Residual([Tanh()], shortcut: .layers([ReLU(), Dropout(rate: 0.1)]))
        let expected: [any LayerSpecification] = [
            Convolution(channels: 8, kernel: 3),
            Convolution(
                channels: 6, kernel: [5, 3], stride: [2, 1],
                padding: [2, 0], groups: 2, bias: false, initializer: .he),
            BatchNormalization(), BatchNormalization(momentum: 1, epsilon: 1e-3, synchronized: true),
            LayerNormalization(epsilon: 1e-5), LayerNormalization(epsilon: 0.5), Sigmoid(),
            MaxPooling(kernel: 3, stride: 2, padding: 1), AveragePooling(kernel: [2, 1]),
            Residual([ReLU(), inner]), Residual([Convolution(channels: 9, kernel: 1)], shortcut: .padding),
            Residual([ReLU()]), GELU(), GELU(.tanh), GlobalMaxPooling(), GlobalAveragePooling(), Flatten(),
            Dropout(rate: 0.25), Dense(units: 10),
        ]
        let read = try configuration(Self.everyLayer)
        try assert(Self.everyLayer, is: LayerList(expected))
        XCTAssertEqual(try Configuration(yaml: read.yaml, name: "resolved"), read, read.yaml)
    }

    /// One setting may stand for its layer; what is resolved has all of them.
    func testShortForms() throws {
        let short =
            "{layers: [convolution: {channels: 4, kernel: 3}, maxPooling: [2, 1], averagePooling: 2, dropout: 0.5, "
            + "residual: {branch: [dropout: 0.25]}, dense: 10]}"
        try assert(
            short,
            is: LayerList([
                Convolution(channels: 4, kernel: 3), MaxPooling(kernel: [2, 1]),
                AveragePooling(kernel: 2), Dropout(rate: 0.5), Residual([Dropout(rate: 0.25)]), Dense(units: 10),
            ]))
        let yaml = try configuration(short).yaml
        XCTAssertTrue(yaml.contains("- dense: {units: 10, over: sample, bias: true, initializer: auto}\n"), yaml)
        XCTAssertTrue(yaml.contains("- maxPooling: {kernel: [2, 1], stride: [2, 1], padding: 0}\n"), yaml)
        XCTAssertTrue(yaml.contains("- dropout: {rate: 0.25}\n"), yaml)
        let changed = try Configuration(
            yaml: "data: {format: digits}\nmodel: \(short)", name: "x",
            overrides: ["model.layers[3].dropout.rate=0.125"])
        let layers = try XCTUnwrap(changed.model.architecture as? LayerList).layers
        XCTAssertEqual(layers[3] as? Dropout, Dropout(rate: 0.125))
    }

    func testErrorsOfShortForms() {
        XCTAssertEqual(
            error("{layers: [dense: 0]}"),
            "x.yaml:2:25: model.layers[0].dense.units: expected an integer of at least 1, found 0")
        XCTAssertEqual(
            error("{layers: [dropout: often, dense: 10]}"),
            "x.yaml:2:27: model.layers[0].dropout.rate: expected a number in [0.0, 1.0), found \"often\"")
        XCTAssertEqual(
            error("{layers: [relu: 3, dense: 10]}"), "x.yaml:2:24: model.layers[0].relu: expected a mapping, found 3")
        XCTAssertEqual(
            error("{preset: mlp, activation: rleu}"),
            "x.yaml:2:34: model.activation: expected one of "
                + "\(LayerRegistry.activations.names.joined(separator: ", ")), found \"rleu\"; did you mean relu?")
    }

    func testResolvedYAMLReadsBackEqual() throws {
        for model in [
            "{preset: lenet5, convolution: direct}", "{preset: cnn, dropout: 0.1}", "{preset: resnet110, shortcut: B}",
            "{preset: wrn16-4, dropout: 0.30000000000000004, synchronized: true}",
            "{layers: [residual: {branch: [], shortcut: []}, dense: {units: 10}]}",
        ] {
            let read = try configuration(model)
            XCTAssertEqual(try Configuration(yaml: read.yaml, name: "resolved"), read, read.yaml)
        }
    }

    func testOverrideReachesIntoABranch() throws {
        let read = try Configuration(
            yaml: "data: {format: digits}\nmodel: \(Self.everyLayer)", name: "x",
            overrides: ["model.layers[10].residual.branch[0].convolution.kernel=[1, 3]"])
        let layers = try XCTUnwrap(read.model.architecture as? LayerList).layers
        XCTAssertEqual(
            layers[10] as? Residual,
            Residual([Convolution(channels: 9, kernel: [1, 3])], shortcut: .padding))
    }

    // MARK: - Errors of reading

    func testPresetsThatThereAreNot() {
        let expected = "expected one of \(PresetRegistry.all.names.joined(separator: ", "))"
        XCTAssertEqual(
            error("{preset: mpl}"), "x.yaml:2:17: model.preset: \(expected), found \"mpl\"; did you mean mlp?")
        XCTAssertEqual(
            error("{preset: resnet21}"),
            "x.yaml:2:17: model.preset: \(expected), found \"resnet21\"; did you mean resnet20?")
        XCTAssertEqual(
            error("{preset: cnn, convolution: fft}"),
            "x.yaml:2:35: model.convolution: expected one of auto, direct, winograd, found \"fft\"")
    }

    func testKeysOfAnotherPreset() {
        XCTAssertEqual(
            error("{preset: lenet5, hidden: [3]}"),
            "x.yaml:2:25: model.hidden: belongs to preset: mlp, tab-mlp, vgg11-bn, but the preset is lenet5")
        XCTAssertEqual(
            error("{preset: resnet20, dropout: 0.1}"),
            "x.yaml:2:27: model.dropout: belongs to preset: mlp, tab-mlp, cnn, wrn16-4, text-transformer, vit-tiny, mlp-mixer, "
                + "conv1d, conv3d, vgg11-bn, mobilenet-v2, but the preset is resnet20")
        XCTAssertEqual(
            error("{preset: wrn16-4, shortcut: A}"),
            "x.yaml:2:26: model.shortcut: belongs to preset: resnet20, resnet32, resnet44, resnet56, resnet110, but the "
                + "preset is wrn16-4")
        XCTAssertEqual(
            error("{preset: cnn, synchronized: true}"),
            "x.yaml:2:22: model.synchronized: belongs to preset: tab-mlp, resnet20, resnet32, resnet44, resnet56, resnet110, "
                + "wrn16-4, conv1d, conv3d, resnet18, resnet34, resnet50, vgg11-bn, mobilenet-v2, densenet121, but the preset "
                + "is cnn"
        )
        XCTAssertEqual(
            error("{layers: [dense: {units: 10}], shortcut: A}"),
            "x.yaml:2:39: model.shortcut: belongs to a preset, but layers are given")
        XCTAssertEqual(
            error("{preset: resnet20, shortcut: C}"),
            "x.yaml:2:37: model.shortcut: expected one of A, B, found \"C\"; did you mean A?")
    }

    func testKindsThatThereAreNot() {
        let expected = "expected one of \(LayerRegistry.all.names.joined(separator: ", "))"
        XCTAssertEqual(
            error("{layers: [rleu]}"),
            "x.yaml:2:18: model.layers[0]: \(expected), found \"rleu\"; did you mean relu?")
        XCTAssertEqual(
            error("{layers: [{dense: {units: 3}, relu: {}}]}"),
            "x.yaml:2:18: model.layers[0]: \(expected), found 2 keys")
        XCTAssertEqual(
            error("{layers: [relu, residual: {branch: [relu, convolutions: {}]}]}"),
            "x.yaml:2:50: model.layers[1].residual.branch[1]: \(expected), found \"convolutions\"; "
                + "did you mean convolution?")
    }

    func testLayersNameThePathOfTheKey() {
        func layer(_ text: String) -> String { error("{layers: [\(text)]}") }
        XCTAssertEqual(
            layer("{convolution: {channels: 3}}"),
            "x.yaml:2:32: model.layers[0].convolution.kernel: missing; expected the kernel's size such as 3 or [3, 5]")
        XCTAssertEqual(
            layer("maxPooling"),
            "x.yaml:2:18: model.layers[0].maxPooling.kernel: missing; expected the kernel's size such as 3 or [3, 5]")
        XCTAssertEqual(
            layer("{convolution: {kernel: 3}}"),
            "x.yaml:2:32: model.layers[0].convolution.channels: missing; expected the number of output channels")
        XCTAssertEqual(
            layer("{convolution: {channels: 0, kernel: 3}}"),
            "x.yaml:2:43: model.layers[0].convolution.channels: expected an integer from 1 to 65536, found 0")
        let extent = "expected an integer from 1 to 65536, or a list of one for each dimension of the map"
        XCTAssertEqual(
            layer("{maxPooling: {kernel: 2, stride: 0}}"),
            "x.yaml:2:51: model.layers[0].maxPooling.stride: \(extent), found 0")
        XCTAssertEqual(
            layer("{averagePooling: {kernel: []}}"),
            "x.yaml:2:44: model.layers[0].averagePooling.kernel: \(extent), found a list")
        XCTAssertEqual(
            layer("{averagePooling: {kernel: '2'}}"),
            "x.yaml:2:44: model.layers[0].averagePooling.kernel: \(extent), found \"2\"")
        XCTAssertEqual(
            layer("{convolution: {channels: 3, kernel: [3, 9223372036854775807]}}"),
            "x.yaml:2:58: model.layers[0].convolution.kernel[1]: expected an integer from 1 to 65536, found "
                + "9223372036854775807")
        XCTAssertEqual(
            layer("relu, tanh, flatten, residual: {branch: [convolution: {channels: 3, kernel: 0}]}"),
            "x.yaml:2:94: model.layers[3].residual.branch[0].convolution.kernel: \(extent), found 0")
        XCTAssertEqual(
            layer("{convolution: {channels: 3, kernel: 3, paddding: 1}}, {dense: {units: 10}}"),
            "x.yaml:2:57: model.layers[0].convolution.paddding: unknown key; did you mean "
                + "model.layers[0].convolution.padding?")
        XCTAssertEqual(
            layer("{relu: {slope: 1}}, {dense: {units: 10}}"),
            "x.yaml:2:26: model.layers[0].relu.slope: unknown key; no key is valid here")
        XCTAssertEqual(
            layer("{batchNormalization: {momentum: 0}}"),
            "x.yaml:2:50: model.layers[0].batchNormalization.momentum: expected a number in (0.0, 1.0], found 0")
        XCTAssertEqual(
            layer("{layerNormalization: {epsilon: 0}}"),
            "x.yaml:2:49: model.layers[0].layerNormalization.epsilon: expected a number above 0.0, found 0")
    }

    func testResidualBlocksNameThePathOfTheKey() {
        func residual(_ text: String) -> String { error("{layers: [{residual: \(text)}]}") }
        XCTAssertEqual(
            residual("{shortcut: padding}"),
            "x.yaml:2:29: model.layers[0].residual.branch: missing; expected a list of layers")
        XCTAssertEqual(
            residual("{branch: relu}"),
            "x.yaml:2:38: model.layers[0].residual.branch: expected a list of layers such as {dense: {units: 10}}, "
                + "found \"relu\"")
        let shortcut = "model.layers[0].residual.shortcut: expected identity, padding or a list of layers"
        XCTAssertEqual(residual("{branch: [relu], shortcut: A}"), "x.yaml:2:56: \(shortcut), found \"A\"")
        XCTAssertEqual(residual("{branch: [relu], shortcut: {a: 1}}"), "x.yaml:2:56: \(shortcut), found a mapping")
        XCTAssertEqual(
            residual("{branch: [relu], shortcut: [relu, dropout]}"),
            "x.yaml:2:63: model.layers[0].residual.shortcut[1].dropout.rate: missing; expected the probability to drop a "
                + "value")
    }

    func testTheLastLayerIsDense() {
        XCTAssertEqual(
            error("{layers: [dense: {units: 3}, residual: {branch: [relu]}]}"),
            "x.yaml:2:37: model.layers[1]: expected a dense layer with one unit a class as the last one, found residual"
        )
        XCTAssertEqual(
            error("{layers: [flatten]}"),
            "x.yaml:2:18: model.layers[0]: expected a dense layer with one unit a class as the last one, found flatten")
    }

    /// As deep as the reader of YAML goes, and deeper.
    func testDeepResidualBlocksAreReadOrRefused() {
        for depth in [10, 100, 1000] {
            let text =
                String(repeating: "{residual: {branch: [", count: depth) + "relu"
                + String(repeating: "]}}", count: depth)
            let found = error("{layers: [\(text), {dense: {units: 10}}]}")
            XCTAssertFalse(found.contains("\n"), found)
        }
    }
}
