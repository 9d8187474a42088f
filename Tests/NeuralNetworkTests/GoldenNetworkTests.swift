import NeuralNetwork
import XCTest

/// Whole networks against PyTorch's numbers: logits, loss, the gradient of every parameter and of the input, and the
/// running statistics after the step.
final class GoldenNetworkTests: XCTestCase {
    /// The golden files have the layers of the presets one by one.
    func testTheNetworksAreThePresets() throws {
        let presets: [String: NetworkSpecification] = [
            "lenet5": LeNet5().network(inputShape: [1, 28, 28], classes: 10),
            "cnn": ConvolutionalNetwork().network(inputShape: [3, 8, 8], classes: 10),
            "resnet8, shortcut A": .resnet(depth: 8, inputShape: [3, 16, 16], classes: 10, shortcut: .a),
            "resnet8, shortcut B": .resnet(depth: 8, inputShape: [3, 9, 9], classes: 10, shortcut: .b),
            "wrn10-1": .wideResnet(depth: 10, widening: 1, inputShape: [3, 9, 9], classes: 10),
        ]
        let cases = try GoldenCase.all(of: "map_networks.json")
        XCTAssertEqual(cases.map(\.name).sorted(), presets.keys.sorted())
        for golden in cases {
            let preset = try XCTUnwrap(presets[golden.name])
            XCTAssertEqual(golden.specification.inputShape, preset.inputShape, golden.name)
            XCTAssertEqual(withoutInitializers(golden.specification), withoutInitializers(preset), golden.name)
        }
    }

    /// The golden networks have weights of their own.
    private func withoutInitializers(_ network: NetworkSpecification) -> NetworkSpecification {
        NetworkSpecification(inputShape: network.inputShape, layers: network.layers.map(withoutInitializer))
    }

    private func withoutInitializer(_ layer: any LayerSpecification) -> any LayerSpecification {
        switch layer {
        case let dense as Dense: return Dense(units: dense.units, bias: dense.bias)
        case var convolution as Convolution:
            convolution.initializer = nil
            return convolution
        default: return layer
        }
    }

    /// The inputs of ReLU and of maxima are 10⁻⁵ and more away from a kink; PyTorch's own float32 is off by 10⁻⁶.
    func testDirect() throws {
        try check(.direct, tolerance: 5e-6)
    }

    /// Winograd's rounding may reach over a kink, which is one element of some thousand.
    func testWinograd() throws {
        try check(.winograd, tolerance: 5e-5, gradientTolerance: 1e-2)
        try check(Network.Options(), tolerance: 5e-5, gradientTolerance: 1e-2)
    }

    /// PyTorch's own bfloat16 gives gradients that are off by up to 0.15 of their norm.
    func testBFloat16() throws {
        try requireBFloat16()
        for options in [Network.Options.bfloat16, .automaticBFloat16(isFast: false), .automaticBFloat16(isFast: true)] {
            try check(options, tolerance: 0x1p-5, gradientTolerance: 0.2)
        }
    }

    private func check(
        _ options: Network.Options, tolerance: Double, gradientTolerance: Double? = nil
    ) throws {
        for golden in try GoldenCase.all(of: "map_networks.json") {
            try golden.check(options, tolerance: tolerance, gradientTolerance: gradientTolerance)
        }
    }
}
