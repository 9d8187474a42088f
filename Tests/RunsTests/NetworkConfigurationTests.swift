import NeuralNetwork
import Runs
import XCTest

/// The network that a configuration makes for the samples of its data.
final class NetworkConfigurationTests: XCTestCase {
    private func network(_ model: String, _ sampleShape: [Int], classes: Int = 10) throws -> NetworkSpecification {
        try Configuration(yaml: "data: {format: digits}\nmodel: \(model)", name: "x.yaml")
            .network(sampleShape: sampleShape, classCount: classes)
    }

    private func error(_ model: String, _ sampleShape: [Int], classes: Int = 10) -> String {
        do {
            return "no error but \(try network(model, sampleShape, classes: classes))"
        } catch {
            return "\(error)"
        }
    }

    // MARK: - Presets

    /// The counts are PyTorch's for the same networks.
    func testPresetsHaveTheKnownNumbersOfParameters() throws {
        let color = [3, 32, 32]
        let counts: [(model: String, shape: [Int], count: Int)] = [
            ("{preset: mlp}", [1, 28, 28], 784 * 256 + 256 + 256 * 128 + 128 + 128 * 10 + 10),
            ("{preset: lenet5}", [1, 28, 28], 61_706), ("{preset: cnn}", color, 1_116_970),
            ("{preset: cnn, dropout: 0.5}", color, 1_116_970),
            ("{preset: resnet20}", color, 269_722), ("{preset: resnet20, shortcut: B}", color, 272_474),
            ("{preset: resnet32}", color, 464_154), ("{preset: resnet32, shortcut: B}", color, 466_906),
            ("{preset: resnet44}", color, 658_586), ("{preset: resnet44, shortcut: B}", color, 661_338),
            ("{preset: resnet56}", color, 853_018), ("{preset: resnet56, shortcut: B}", color, 855_770),
            ("{preset: resnet110}", color, 1_727_962), ("{preset: resnet110, shortcut: B}", color, 1_730_714),
            ("{preset: wrn16-4}", color, 2_748_890),
        ]
        for (model, shape, count) in counts {
            XCTAssertEqual(try parameterCount(of: network(model, shape)), count, model)
        }
    }

    func testPresetsReduceTheMapsAsPublished() throws {
        func maps(_ model: String, _ shape: [Int]) throws -> [[Int]] {
            let shapes = try network(model, shape).outputShapes()
            return shapes.enumerated().filter { $0.offset == 0 || shapes[$0.offset - 1] != $0.element }.map(\.element)
        }
        XCTAssertEqual(
            try maps("{preset: lenet5}", [1, 28, 28]),
            [[6, 28, 28], [6, 14, 14], [16, 10, 10], [16, 5, 5], [400], [120], [84], [10]])
        XCTAssertEqual(
            try maps("{preset: cnn}", [3, 32, 32]),
            [[32, 32, 32], [32, 16, 16], [64, 16, 16], [64, 8, 8], [4096], [256], [10]])
        let thirds = [[16, 32, 32], [32, 16, 16], [64, 8, 8], [64, 1, 1], [64], [10]]
        for shortcut in ["A", "B"] {
            XCTAssertEqual(try maps("{preset: resnet56, shortcut: \(shortcut)}", [3, 32, 32]), thirds)
        }
        XCTAssertEqual(
            try maps("{preset: wrn16-4}", [3, 32, 32]),
            [[16, 32, 32], [64, 32, 32], [128, 16, 16], [256, 8, 8], [256, 1, 1], [256], [10]])
    }

    func testSettingsReachTheNetwork() throws {
        func layers(_ model: String) throws -> [any LayerSpecification] {
            all(try network(model, [3, 32, 32]).layers)
        }
        for preset in ["cnn", "wrn16-4"] {
            XCTAssertFalse(try layers("{preset: \(preset)}").contains { $0.kind == "dropout" })
            XCTAssertTrue(
                try layers("{preset: \(preset), dropout: 0.25}").contains { $0 as? Dropout == Dropout(rate: 0.25) })
        }
        for preset in ["resnet20", "wrn16-4"] {
            for synchronized in [false, true] {
                let normalizations = try layers("{preset: \(preset), synchronized: \(synchronized)}")
                    .filter { $0.kind == "batchNormalization" }
                XCTAssertGreaterThan(normalizations.count, 10)
                XCTAssertTrue(
                    normalizations.allSatisfy {
                        $0 as? BatchNormalization == BatchNormalization(synchronized: synchronized)
                    })
            }
        }
    }

    /// A configuration that is made in code has the limits of a file's.
    func testAProbabilityOfDroppingThatIsNone() throws {
        let limit = "dropout: rate: expected a number in [0.0, 1.0)"
        for rate in [1, 0.999_999_999_9, 1.5, -0.25, .nan] {
            var (mlp, cnn) = (MultilayerPerceptron(), ConvolutionalNetwork())
            (mlp.dropout, cnn.dropout) = (rate, rate)
            for (architecture, key) in [
                (mlp, "model.preset: mlp: layer 2 of the network: "),
                (cnn, "model.preset: cnn: layer "),
                (LayerList([Dropout(rate: rate), Flatten(), Dense(units: 3)]), "model.layers[0]: "),
            ] as [(any Architecture, String)] {
                var configuration = try Configuration(yaml: "data: {format: digits}\nmodel: {preset: mlp}", name: "x")
                configuration.model.architecture = architecture
                XCTAssertThrowsError(try configuration.network(sampleShape: [1, 8, 8], classCount: 3)) {
                    XCTAssertTrue("\($0)".hasPrefix("configuration: \(key)"), "\($0)")
                    XCTAssertTrue("\($0)".contains(limit), "\($0)")
                    XCTAssertTrue("\($0)".hasSuffix("found \(rate)"), "\($0)")
                }
                XCTAssertThrowsError(try configuration.validate())
            }
        }
    }

    func testPresetsForImagesRefuseWhatTheyCannotTake() throws {
        for preset in ["lenet5", "cnn", "resnet20", "resnet110", "wrn16-4"] {
            XCTAssertEqual(
                error("{preset: \(preset)}", [16]),
                "x.yaml:2:17: model.preset: \(preset) needs images [C, H, W], the samples of the data are [16]")
        }
        for (preset, side) in [("lenet5", 12), ("cnn", 4)] {
            XCTAssertNoThrow(try network("{preset: \(preset)}", [1, side, side]), preset)
            for shape in [[1, side - 1, side], [1, side, side - 1]] {
                XCTAssertEqual(
                    error("{preset: \(preset)}", shape),
                    "x.yaml:2:17: model.preset: \(preset) needs images of at least \(side) × \(side), the samples of "
                        + "the data are \(shape)")
            }
        }
        for preset in ["mlp", "resnet20", "wrn16-4"] {
            XCTAssertNoThrow(try network("{preset: \(preset)}", [1, 1, 1]), preset)
        }
        XCTAssertNoThrow(try network("{preset: mlp}", [16]))
        XCTAssertEqual(
            error("{preset: conv1d}", [1, 8, 8]),
            "x.yaml:2:17: model.preset: conv1d needs signals [C, L], the samples of the data are [1, 8, 8]; data.layout: NCL reads "
                + "an array [N, C, L] so")
        XCTAssertEqual(
            error("{preset: conv3d}", [1, 8, 8]),
            "x.yaml:2:17: model.preset: conv3d needs volumes [C, D, H, W], the samples of the data are [1, 8, 8]")
        XCTAssertNoThrow(try network("{preset: conv1d}", [1, 1]))
        XCTAssertNoThrow(try network("{preset: conv3d}", [1, 1, 1, 1]))
    }

    // MARK: - Layers

    func testLayersBecomeTheSpecification() throws {
        let text = """

              layers:
              - convolution: {channels: 8, kernel: [5, 3], stride: [2, 1], padding: [2, 0], groups: 2, bias: false, initializer: glorot}
              - batchNormalization: {momentum: 0.25, epsilon: 0.5, synchronized: true}
              - maxPooling: {kernel: 3, stride: [1, 2], padding: 1}
              - averagePooling: {kernel: [2, 1]}
              - residual:
                  branch: [{convolution: {channels: 9, kernel: 1, stride: 2}}, layerNormalization: {epsilon: 0.25}]
                  shortcut: padding
              - residual: {branch: [relu], shortcut: [tanh]}
              - globalAveragePooling
              - flatten
              - dense: {units: 10}
            """
        XCTAssertEqual(
            try network(text, [4, 16, 16]),
            NetworkSpecification(
                inputShape: [4, 16, 16],
                layers: [
                    Convolution(
                        channels: 8, kernel: [5, 3], stride: [2, 1],
                        padding: [2, 0], groups: 2, bias: false, initializer: .glorot),
                    BatchNormalization(momentum: 0.25, epsilon: 0.5, synchronized: true),
                    MaxPooling(kernel: 3, stride: [1, 2], padding: 1),
                    AveragePooling(kernel: [2, 1]),
                    Residual(
                        [
                            Convolution(channels: 9, kernel: 1, stride: 2),
                            LayerNormalization(epsilon: 0.25),
                        ], shortcut: .padding),
                    Residual([ReLU()], shortcut: .layers([Tanh()])),
                    GlobalAveragePooling(), Flatten(), Dense(units: 10),
                ]))
    }

    func testLayersThatDoNotFitAreNamedByTheirPath() {
        func layers(_ text: String) -> String { "{layers: [\(text), dense: {units: 10}]}" }
        XCTAssertEqual(
            error(
                layers("convolution: {channels: 6, kernel: 5}, convolution: {channels: 6, kernel: [5, 3]}"), [1, 8, 8]),
            "x.yaml:2:57: model.layers[1]: convolution: expected a kernel of at least 1 that fits the input [6, 4, 4] "
                + "with its padding, and a stride of at least 1; found kernel 5 × 3, stride 1 × 1, padding 0 × 0")
        XCTAssertEqual(
            error(layers("relu, maxPooling: {kernel: 2}"), [16]),
            "x.yaml:2:24: model.layers[1]: maxPooling: expected an input [C, L], [C, H, W] or "
                + "[C, D, H, W], found [16]")
        XCTAssertEqual(
            error("{layers: [dense: {units: 10, over: channels}]}", [3, 2, 2]),
            "x.yaml:2:18: model.layers[0]: expected 10 numbers for each sample as the result, found the shape [10, 2, 2]"
        )
        let convolution = "convolution: {channels: 3, kernel: 3, groups: 2}"
        let groups = "convolution: expected groups that divide 3 and 3 channels, found 2"
        XCTAssertEqual(
            error(layers("relu, relu, relu, residual: {branch: [\(convolution)]}"), [3, 8, 8]),
            "x.yaml:2:56: model.layers[3].residual.branch[0]: \(groups)")
        XCTAssertEqual(
            error(
                layers("residual: {branch: [relu, residual: {branch: [relu], shortcut: [\(convolution)]}]}"), [3, 8, 8]),
            "x.yaml:2:82: model.layers[0].residual.branch[1].residual.shortcut[0]: \(groups)")
        XCTAssertEqual(
            error(layers("residual: {branch: []}"), [3, 8, 8]),
            "x.yaml:2:18: model.layers[0]: residual: expected a branch of at least 1 layer")
        XCTAssertEqual(
            error(layers("residual: {branch: [flatten]}"), [3, 8, 8]),
            "x.yaml:2:18: model.layers[0]: residual: expected a branch to [3, 8, 8] with shortcut identity, found one "
                + "to [192]")
    }

    func testTheLastLayerHasOneUnitAClass() {
        XCTAssertEqual(
            error("{layers: [flatten, dense: {units: 10}]}", [3, 8, 8], classes: 7),
            "x.yaml:2:42: model.layers[1].dense.units: expected one unit for each of the 7 classes of the data, found 10"
        )
    }

    // MARK: - Counting

    private func parameterCount(of network: NetworkSpecification) throws -> Int {
        let inputs = [network.inputShape] + (try network.outputShapes())
        return try zip(network.layers, inputs).reduce(0) { try $0 + parameterCount(of: $1.0, input: $1.1) }
    }

    private func parameterCount(of layer: any LayerSpecification, input: [Int]) throws -> Int {
        let own = layer.parameters(LayerPlace(path: "", input: input)).reduce(0) { $0 + $1.count }
        return try layer.inner.filter { !$0.layers.isEmpty }.reduce(own) {
            try $0 + parameterCount(of: NetworkSpecification(inputShape: input, layers: $1.layers))
        }
    }

    /// With those of residual blocks.
    private func all(_ layers: [any LayerSpecification]) -> [any LayerSpecification] {
        layers.flatMap { layer in layer.inner.isEmpty ? [layer] : layer.inner.flatMap { all($0.layers) } }
    }
}
