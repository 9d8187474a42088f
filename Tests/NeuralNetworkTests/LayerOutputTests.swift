import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// A plan for probing keeps what comes out of the layers.
final class LayerOutputTests: XCTestCase {
    /// What a layer gives is what the network gives that ends behind it, its mean over the pixels.
    func testOutputsAreThoseOfTheNetworkUpToTheLayer() throws {
        for options in [Network.Options.direct, .winograd] { try assertOutputs(of: networks, options, tolerance: 1e-5) }
    }

    func testOutputsInBFloat16() throws {
        try requireBFloat16()
        try assertOutputs(of: networks, .bfloat16, tolerance: 2e-2)
    }

    private let networks: [NetworkSpecification] = [
        .mlp(inputShape: [13], hidden: [29, 17], classes: 5, dropout: 0.25),
        NetworkSpecification(
            inputShape: [9],
            layers: [
                Dense(units: 12, bias: false), BatchNormalization(), ReLU(), Dense(units: 20),
                LayerNormalization(), Dense(units: 4),
            ]),
        // Channels that fill no block, then such that do, and a map of one pixel.
        NetworkSpecification(
            inputShape: [3, 8, 6],
            layers: [
                Convolution(channels: 6, kernel: 3, padding: 1), Tanh(),
                MaxPooling(kernel: 2), Convolution(channels: 32, kernel: 3, padding: 1, bias: false),
                BatchNormalization(), ReLU(), Convolution(channels: 20, kernel: 3),
                LayerNormalization(), GlobalAveragePooling(), Flatten(), Dense(units: 7),
            ]),
        NetworkSpecification(
            inputShape: [3, 6, 6],
            layers: [
                Residual(
                    [Convolution(channels: 16, kernel: 3, stride: 2, padding: 1, bias: false)],
                    shortcut: .layers([Convolution(channels: 16, kernel: 1, stride: 2)])),
                ReLU(), Flatten(), Dense(units: 4),
            ]),
        // A signal and a volume.
        NetworkSpecification(
            inputShape: [3, 14],
            layers: [
                Convolution(channels: 6, kernel: 3, padding: 1), MaxPooling(kernel: 2),
                Convolution(channels: 32, kernel: 3, bias: false), BatchNormalization(), ReLU(), Dense(units: 7),
            ]),
        NetworkSpecification(
            inputShape: [3, 4, 5, 6],
            layers: [
                Convolution(channels: 6, kernel: 3, padding: 1), Tanh(),
                Convolution(channels: 16, kernel: 3, bias: false), BatchNormalization(), Flatten(), Dense(units: 7),
            ]),
        // Layers of another package, on a map and on one of two dimensions.
        NetworkSpecification(
            inputShape: [3, 8, 6],
            layers: [
                Slope(), Convolution(channels: 6, kernel: 3, padding: 1), Slope(), Untouched { _ in [6, 48] }, Slope(),
                Dense(units: 4),
            ]),
    ]

    private func assertOutputs(
        of networks: [NetworkSpecification], _ options: Network.Options, tolerance: Double
    ) throws {
        for specification in networks {
            let whole = try TestNetwork(specification, options: options)
            let parameters = try whole.fillParameters(3)
            let statistics = try whole.fillStatistics(3)
            for batch in [1, 5] {
                let samples = uniform(batch * specification.inputShape.reduce(1, *), in: 1, fill: 9)
                let plan = try whole.network.plan(batch: batch, mode: .probing)
                _ = plan.input.update(from: samples)
                try plan.forward()
                let outputs = plan.layerOutputs.map { ($0.layer, Array($0.values)) }
                let logits = Array(plan.logits)
                XCTAssertEqual(outputs.map(\.0), whole.network.layout.layers)
                XCTAssertEqual(bits(logits), bits(try whole.logits(samples, batch: batch)))
                for (layer, values) in outputs where !layer.contains(".") {
                    let part = try TestNetwork(specification.upTo(layer: layer), options: options)
                    let names = Set(part.network.layout.tensors.map(\.name))
                    try part.importParameters(parameters.filter { names.contains($0.name) })
                    let kept = Set(part.network.exportStatistics().map(\.name))
                    try part.network.importStatistics(statistics.filter { kept.contains($0.name) })
                    let expected = try part.logits(samples, batch: batch)
                    XCTAssertLessThan(
                        relativeError(values, expected.map(Double.init)), tolerance, "layer \(layer), batch \(batch)")
                }
                XCTAssertTrue(outputs.allSatisfy { $0.1.contains { $0 != 0 } })
            }
        }
    }

    /// The layers of a block have outputs too; that of the last one in the branch is behind the sum.
    func testLayersWithinBlocks() throws {
        let network = try TestNetwork(networks[3])
        XCTAssertEqual(
            try network.network.plan(batch: 2, mode: .probing).layerOutputs.map(\.values.count), [32, 32, 8])
    }
}

extension NetworkSpecification {
    /// Ends behind the layer and the activation that is fused into it, in the means over the pixels.
    fileprivate func upTo(layer: String) throws -> NetworkSpecification {
        var end = Int(layer)! + 1
        if end < layers.count, layers[end] is any Activation { end += 1 }
        let part = NetworkSpecification(inputShape: inputShape, layers: Array(layers[..<end]))
        guard try part.outputShapes().last!.count > 1 else { return part }
        let map = Untouched { $0 }
        return NetworkSpecification(
            inputShape: inputShape, layers: layers[..<end] + [map, GlobalAveragePooling(), Flatten()])
    }
}
