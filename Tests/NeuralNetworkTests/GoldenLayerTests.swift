import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// PyTorch's numbers, computed in float64 (`Golden/make_golden.py`).
///
/// Errors are relative to the largest element of a tensor. The sums have 1 to 64 terms, each rounded to 2⁻²⁴ = 6 · 10⁻⁸,
/// and the errors of terms are of either sign: the largest seen is 6 · 10⁻⁷, with AVX-512. Allowed is some three times as
/// much for one layer and six times for a network, since other instruction sets add in another order.
final class GoldenLayerTests: XCTestCase {
    /// The gradient of a layer's input is the gradient of the weight of a dense layer in front of it that is fed the unit
    /// matrix: `input` transposed.
    private struct Stem {
        let weight: [Float]
        let identity: [Float]
        let features: Int
        let batch: Int

        init(_ input: [Float], batch: Int) {
            let features = input.count / batch
            weight = (0..<input.count).map { input[$0 % batch * features + $0 / batch] }
            identity = (0..<batch * batch).map { $0 / batch == $0 % batch ? 1 : 0 }
            self.features = features
            self.batch = batch
        }

        var tensor: Tensor {
            Tensor(name: "0.weight", shape: [features, batch], values: weight)
        }

        /// `[N, features]` of the gradient `[features, N]` of the stem's weight.
        func inputGradient(_ tensors: [Tensor]) -> [Float] {
            let gradient = tensors.first { $0.name == "0.weight" }!.values
            return (0..<gradient.count).map { gradient[$0 % features * batch + $0 / features] }
        }
    }

    // MARK: - Dense layers

    private struct DenseCase: Decodable {
        struct Waves: Decodable {
            let input, weight, upstream: Wave
            let bias: Wave?
        }
        let batch, inputs, outputs: Int
        let waves: Waves
        let output, inputGradient, weightGradient: [Double]
        let biasGradient: [Double]?
    }

    func testDense() throws {
        for golden in try Golden<DenseCase>.cases(of: "dense.json") {
            let (batch, inputs, outputs) = (golden.batch, golden.inputs, golden.outputs)
            let name = "[\(batch), \(inputs)] to [\(batch), \(outputs)], bias \(golden.waves.bias != nil)"
            let stem = Stem(golden.waves.input.values(batch * inputs), batch: batch)
            let test = try TestNetwork(
                NetworkSpecification(
                    inputShape: [batch],
                    layers: [
                        Dense(units: inputs, bias: false), Dense(units: outputs, bias: golden.waves.bias != nil),
                    ]), nominalBatch: batch)
            var tensors = [stem.tensor]
            tensors.append(
                Tensor(
                    name: "1.weight", shape: [outputs, inputs], values: golden.waves.weight.values(outputs * inputs)))
            if let bias = golden.waves.bias {
                tensors.append(Tensor(name: "1.bias", shape: [outputs], values: bias.values(outputs)))
            }
            try test.importParameters(tensors)
            let (output, gradient) = try run(test, stem, upstream: golden.waves.upstream.values(batch * outputs))

            XCTAssertLessThan(relativeError(output, golden.output), 2e-6, name)
            XCTAssertLessThan(relativeError(stem.inputGradient(gradient), golden.inputGradient), 2e-6, name)
            XCTAssertLessThan(relativeError(gradient[1].values, golden.weightGradient), 2e-6, name)
            XCTAssertEqual(gradient.count, golden.biasGradient == nil ? 2 : 3, name)
            if let expected = golden.biasGradient {
                XCTAssertLessThan(relativeError(gradient[2].values, expected), 2e-6, name)
            }
        }
    }

    // MARK: - Activations

    private struct ActivationCase: Decodable {
        struct Waves: Decodable {
            let input, upstream: Wave
        }
        let activation: String
        let batch, features: Int
        let waves: Waves
        let output, inputGradient: [Double]
    }

    /// Fused with the stem and, behind a dropout layer that drops nothing, alone.
    func testActivations() throws {
        for golden in try Golden<ActivationCase>.cases(of: "activations.json") {
            let function = try XCTUnwrap(activation(golden.activation))
            for separator in [[], [Dropout(rate: 0)]] as [[any LayerSpecification]] {
                let (batch, features) = (golden.batch, golden.features)
                let name = "\(golden.activation), amplitude \(golden.waves.input.amplitude), \(separator)"
                let stem = Stem(golden.waves.input.values(batch * features), batch: batch)
                let test = try TestNetwork(
                    NetworkSpecification(
                        inputShape: [batch],
                        layers: [Dense(units: features, bias: false)] + separator + [function]),
                    nominalBatch: batch)
                try test.importParameters([stem.tensor])
                let (output, gradient) = try run(test, stem, upstream: golden.waves.upstream.values(batch * features))
                XCTAssertLessThan(relativeError(output, golden.output), 2e-6, name)
                // y (1 − y) and 1 − y² where y is near 1 have the rounding of y, 2⁻²⁴ of it.
                XCTAssertLessThan(relativeError(stem.inputGradient(gradient), golden.inputGradient), 2e-6, name)
            }
        }
    }

    private func run(_ test: TestNetwork, _ stem: Stem, upstream: [Float]) throws -> ([Float], [Tensor]) {
        let plan = try test.network.plan(batch: stem.batch, mode: .training)
        _ = plan.input.update(from: stem.identity)
        try plan.forward()
        let output = Array(plan.logits)
        _ = try XCTUnwrap(plan.logitGradient).update(from: upstream)
        try plan.backward()
        return (output, try test.network.exportGradient())
    }

    // MARK: - A whole network

    private struct NetworkCase: Decodable {
        struct Layer: Decodable {
            let inputs, outputs: Int
            let activation: (any Activation)?
            let weight, bias: Wave
            let weightGradient, biasGradient: [Double]

            enum CodingKeys: CodingKey {
                case inputs, outputs, activation, weight, bias, weightGradient, biasGradient
            }

            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                inputs = try container.decode(Int.self, forKey: .inputs)
                outputs = try container.decode(Int.self, forKey: .outputs)
                activation = try container.decodeIfPresent(String.self, forKey: .activation)
                    .map { try XCTUnwrap(NeuralNetworkTests.activation($0)) }
                weight = try container.decode(Wave.self, forKey: .weight)
                bias = try container.decode(Wave.self, forKey: .bias)
                weightGradient = try container.decode([Double].self, forKey: .weightGradient)
                biasGradient = try container.decode([Double].self, forKey: .biasGradient)
            }

            var specification: [any LayerSpecification] {
                [Dense(units: outputs)] + (activation.map { [$0] } ?? [])
            }
        }
        let batch: Int
        let labelSmoothing: Float
        let labels: [Int32]
        let input: Wave
        let layers: [Layer]
        let logits, inputGradient: [Double]
        let meanLoss: Double
    }

    /// With its samples as input, and once more behind a stem for the gradient of the input.
    func testNetwork() throws {
        for golden in try Golden<NetworkCase>.cases(of: "network.json") {
            for behindStem in [false, true] {
                let name = "batch \(golden.batch), smoothing \(golden.labelSmoothing), behind a stem: \(behindStem)"
                let inputs = golden.layers[0].inputs
                let samples = golden.input.values(golden.batch * inputs)
                let stem = Stem(samples, batch: golden.batch)
                var layers: [any LayerSpecification] = behindStem ? [Dense(units: inputs, bias: false)] : []
                var tensors: [Tensor] = behindStem ? [stem.tensor] : []
                for layer in golden.layers {
                    tensors.append(
                        Tensor(
                            name: "\(layers.count).weight", shape: [layer.outputs, layer.inputs],
                            values: layer.weight.values(layer.outputs * layer.inputs)))
                    tensors.append(
                        Tensor(
                            name: "\(layers.count).bias", shape: [layer.outputs],
                            values: layer.bias.values(layer.outputs)))
                    layers += layer.specification
                }
                let test = try TestNetwork(
                    NetworkSpecification(inputShape: [behindStem ? golden.batch : inputs], layers: layers),
                    nominalBatch: golden.batch)
                try test.importParameters(tensors)
                let step = try test.step(
                    behindStem ? stem.identity : samples, labels: golden.labels, labelSmoothing: golden.labelSmoothing,
                    gradientScale: 1 / Float(golden.batch))

                XCTAssertLessThan(relativeError(step.logits, golden.logits), 4e-6, name)
                XCTAssertEqual(step.loss.nonFiniteCount, 0)
                XCTAssertEqual(
                    step.loss.mean(over: golden.batch), golden.meanLoss, accuracy: 2e-6 * golden.meanLoss, name)
                var gradients = step.gradient
                if behindStem {
                    XCTAssertLessThan(relativeError(stem.inputGradient(gradients), golden.inputGradient), 4e-6, name)
                    gradients.removeFirst()
                }
                let expected = golden.layers.flatMap { [$0.weightGradient, $0.biasGradient] }
                XCTAssertEqual(gradients.count, expected.count, name)
                for (found, expected) in zip(gradients, expected) {
                    XCTAssertLessThan(relativeError(found.values, expected), 4e-6, "\(name), \(found.name)")
                }
            }
        }
    }
}
