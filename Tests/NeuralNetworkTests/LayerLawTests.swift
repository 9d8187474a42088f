import NeuralNetwork
import XCTest

/// The laws of a layer, held by every layer in `layers` at every batch size: its forward pass is that of the reference,
/// and the gradient of its parameters and of its input is the slope of the reference's loss.
///
/// A layer lies between a stem, whose weights are the layer's input, and a dense head. The network's input is the unit
/// matrix, so that sample n of the layer's input is column n of the stem's weight, exactly; and the gradient of the
/// stem's weight is the gradient of the layer's input.
final class LayerLawTests: XCTestCase {
    struct LayerCase {
        let name: String
        let features: Int
        let layers: [LayerSpecification]
    }

    /// Every layer there is. A new layer is added here.
    static let layers: [LayerCase] = denseLayers + activationLayers + dropoutLayers + chains
    static let batches = [1, 5, 16]

    private static let denseLayers = [(3, 7), (17, 10), (33, 48)].flatMap { features, units in
        [true, false].flatMap { bias in
            ([nil] + Activation.allCases).map { activation in
                LayerCase(
                    name: "dense \(features) → \(units), bias \(bias), fused \(activation?.rawValue ?? "nothing")",
                    features: features,
                    layers: [.dense(units: units, bias: bias)] + (activation.map { [.activation($0)] } ?? []))
            }
        }
    }

    /// Not behind a dense layer, with which they would be fused.
    private static let activationLayers = Activation.allCases.flatMap { activation in
        [3, 17, 33].map {
            LayerCase(
                name: "\(activation) on \($0)", features: $0, layers: [.dropout(rate: 0), .activation(activation)])
        }
    }

    private static let dropoutLayers = [Float(0), 0.1, 0.5, 0.8].flatMap { rate in
        [3, 17, 33].map { LayerCase(name: "dropout \(rate) on \($0)", features: $0, layers: [.dropout(rate: rate)]) }
    }

    private static let chains = [
        LayerCase(
            name: "two dense layers with dropout", features: 17,
            layers: [
                .dense(units: 20), .activation(.tanh), .dropout(rate: 0.25), .dense(units: 9), .activation(.relu),
                .dropout(rate: 0.5),
            ]),
        LayerCase(
            name: "activation on activation", features: 9,
            layers: [.dense(units: 12), .activation(.relu), .activation(.sigmoid), .activation(.tanh)]),
    ]

    private static let classes = 5
    private static let smoothing = 0.1
    /// h of the central differences: truncation h² f‴ / 6 ≈ 10⁻¹¹, cancellation 2⁻⁵³ f / h ≈ 10⁻¹¹.
    private static let halfStep = 0x1p-17
    /// Of the largest element of a tensor's gradient. The float32 backward pass is a chain of three to six sums of at
    /// most 48 products, each rounded to 2⁻²⁴; the largest error seen is 1.4 · 10⁻⁶.
    private static let gradientTolerance = 1e-5

    func testForwardIsTheReferenceWithinFloatRounding() throws {
        try forEachCase { fixture in
            for mode in [ExecutionPlan.Mode.training, .inference] {
                var reference = fixture.reference
                if mode == .inference { reference.masks = [:] }
                let expected = reference.forward(fixture.identity, batch: fixture.batch)
                let found = try fixture.test.logits(
                    fixture.identity.map { Float($0) }, batch: fixture.batch, mode: mode, position: fixture.position)
                XCTAssertEqual(found.count, expected.values.count, fixture.name)
                // One message a case; a NaN is not within its bound.
                let wrong = found.indices.first {
                    !(abs(Double(found[$0]) - expected.values[$0]) <= expected.errorBound[$0])
                }
                if let wrong {
                    XCTFail(
                        "\(fixture.name), \(mode), logit \(wrong): \(found[wrong]), expected \(expected.values[wrong]) "
                            + "within \(expected.errorBound[wrong])")
                }
            }
        }
    }

    func testGradientIsTheSlopeOfTheReference() throws {
        try forEachCase { fixture in
            let labels = cyclicLabels(fixture.batch, classes: Self.classes)
            let step = try fixture.test.step(
                fixture.identity.map { Float($0) }, labels: labels, position: fixture.position,
                labelSmoothing: Float(Self.smoothing), gradientScale: 1 / Float(fixture.batch))
            XCTAssertEqual(
                step.loss.mean(over: fixture.batch),
                fixture.reference.loss(fixture.identity, labels: labels, smoothing: Self.smoothing), accuracy: 2e-6,
                fixture.name)
            for tensor in step.gradient {
                try checkElements(of: tensor, fixture, labels)
                try checkDirections(of: tensor, fixture, labels)
            }
        }
    }

    /// Single elements: all of a small tensor, about 40 of a large one, the first and the last among them.
    private func checkElements(of tensor: Tensor, _ fixture: Fixture, _ labels: [Int32]) throws {
        let count = tensor.values.count
        var reference = fixture.reference
        let elements = Set(stride(from: 0, to: count, by: max(1, count / 37))).union([count - 1])
        let largest = tensor.values.reduce(0) { max($0, abs(Double($1))) }
        for element in elements.sorted() {
            let value = reference.parameters[tensor.name]![element]
            func loss(at shifted: Double) -> Double {
                reference.parameters[tensor.name]![element] = shifted
                return reference.loss(fixture.identity, labels: labels, smoothing: Self.smoothing)
            }
            let slope = (loss(at: value + Self.halfStep) - loss(at: value - Self.halfStep)) / (2 * Self.halfStep)
            reference.parameters[tensor.name]![element] = value
            let accuracy = max(Self.gradientTolerance * largest, 1e-10)
            guard abs(Double(tensor.values[element]) - slope) <= accuracy else {
                // One message a tensor.
                return XCTFail(
                    "\(fixture.name), \(tensor.name), element \(element): \(tensor.values[element]), expected \(slope) "
                        + "within \(accuracy)")
            }
        }
    }

    /// All elements at once: the slope along random unit vectors.
    private func checkDirections(of tensor: Tensor, _ fixture: Fixture, _ labels: [Int32]) throws {
        let norm = tensor.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let start = fixture.reference.parameters[tensor.name]!
        var reference = fixture.reference
        for number in 0..<3 {
            var direction = uniform(start.count, in: 1, fill: UInt64(9000 + number)).map { Double($0) }
            let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            direction = direction.map { $0 / length }
            func loss(at distance: Double) -> Double {
                reference.parameters[tensor.name] = zip(start, direction).map { $0 + distance * $1 }
                return reference.loss(fixture.identity, labels: labels, smoothing: Self.smoothing)
            }
            let slope = (loss(at: Self.halfStep) - loss(at: -Self.halfStep)) / (2 * Self.halfStep)
            let found = zip(tensor.values, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
            XCTAssertEqual(
                found, slope, accuracy: max(Self.gradientTolerance * norm, 1e-10),
                "\(fixture.name), \(tensor.name), direction \(number)")
        }
    }

    // MARK: - Cases

    private struct Fixture {
        let name: String
        let test: TestNetwork
        let reference: ReferenceNetwork
        let batch: Int
        /// The samples: the unit matrix, `[N, N]`.
        let identity: [Double]
        let position = BatchPosition(step: 3, firstSample: 11)
    }

    /// None of fifty draws of parameters was smooth enough to take differences.
    private struct NearAKink: Error {
        let layer: String
    }

    private func forEachCase(_ body: (Fixture) throws -> Void) throws {
        for layerCase in Self.layers {
            for batch in Self.batches { try body(try fixture(layerCase, batch: batch)) }
        }
    }

    /// Parameters are drawn again until no ReLU is so near its kink that a difference would step over it.
    private func fixture(_ layerCase: LayerCase, batch: Int) throws -> Fixture {
        let specification = NetworkSpecification(
            inputShape: [batch],
            layers: [.dense(units: layerCase.features, bias: false)] + layerCase.layers + [.dense(units: Self.classes)])
        let test = try TestNetwork(specification, seed: 5)
        let identity = (0..<batch * batch).map { $0 / batch == $0 % batch ? 1.0 : 0 }
        for fill in UInt64(1)...50 {
            var tensors = try test.fillParameters(fill)
            tensors[0].values = uniform(layerCase.features * batch, in: 1.5, fill: fill + 5000)
            try test.importParameters(tensors)
            var reference = ReferenceNetwork(specification, parameters: tensors)
            let fixture = Fixture(
                name: "\(layerCase.name), batch \(batch)", test: test, reference: reference, batch: batch,
                identity: identity)
            reference.masks = try masks(specification, fixture)
            if reference.forward(identity, batch: batch).kinkDistance > 20 * Self.halfStep {
                return Fixture(
                    name: fixture.name, test: test, reference: reference, batch: batch, identity: identity)
            }
        }
        throw NearAKink(layer: layerCase.name)
    }

    /// What each dropout layer keeps of this batch, seen from outside: the same layer at the same index behind nothing but
    /// activations, on ones.
    private func masks(_ specification: NetworkSpecification, _ fixture: Fixture) throws -> [Int: [Bool]] {
        var masks: [Int: [Bool]] = [:]
        var features = fixture.batch
        for (index, layer) in specification.layers.enumerated() {
            if case .dense(let units, _, _) = layer { features = units }
            guard case .dropout = layer else { continue }
            let probe = try TestNetwork(
                NetworkSpecification(
                    inputShape: [features],
                    layers: [LayerSpecification](repeating: .activation(.relu), count: index) + [layer]), seed: 5)
            masks[index] = try probe.logits(
                [Float](repeating: 1, count: fixture.batch * features), batch: fixture.batch, mode: .training,
                position: fixture.position
            ).map { $0 != 0 }
        }
        return masks
    }
}
