import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// The laws of a layer, held by every layer in `layers` at every batch size: its forward pass is that of the reference,
/// and the gradient of its parameters and of its input is the slope of the reference's loss. A dense head makes logits of
/// what comes out of the layer. Convolutions are computed directly; those of few channels also by the kernels for them,
/// and those that Winograd's algorithm is for also by it.
final class LayerLawTests: XCTestCase {
    private static let classes = 5
    private static let smoothing = 0.1
    /// h of the central differences: truncation h² f‴ / 6 ≈ 10⁻¹¹, cancellation 2⁻⁵³ f / h ≈ 10⁻¹¹.
    private static let halfStep = 0x1p-17
    /// Share of the largest element of a tensor's gradient. The float32 backward pass is a chain of three to six sums of at
    /// most some hundred products, each rounded to 2⁻²⁴; the largest error seen is 1.4 · 10⁻⁶.
    private static let gradientTolerance = 1e-5

    func testForwardIsTheReferenceWithinFloatRounding() throws {
        try checkForward(LayerCase.vectorsAndMaps, .direct)
    }

    func testForwardOnSequencesIsTheReferenceWithinFloatRounding() throws {
        try checkForward(LayerCase.sequences, .direct)
    }

    func testForwardOfSignalsVolumesAndBranchesIsTheReferenceWithinFloatRounding() throws {
        try checkForward(
            LayerCase.ranks + LayerCase.dilations + LayerCase.branches + LayerCase.upsamplings + LayerCase.squeezes
                + LayerCase.transposed, .direct)
    }

    func testForwardOfFewChannelsIsTheReferenceWithinFloatRounding() throws {
        try requireFewChannelKernels()
        try checkForward(LayerCase.fewChannels, Network.Options())
    }

    private func checkForward(_ cases: [LayerCase], _ options: Network.Options) throws {
        try forEach(of: cases, options) { fixture in
            // Inference first: a training step moves the running statistics.
            for mode in [ExecutionPlan.Mode.inference, .training] {
                let expected = fixture.reference.forward(fixture.samples, mode: mode)
                let found = try fixture.test.logits(
                    fixture.samples.map { Float($0) }, batch: fixture.batch, mode: mode, position: fixture.position)
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
        try checkGradient(LayerCase.vectorsAndMaps, .direct, tolerance: Self.gradientTolerance)
    }

    func testGradientOnSequencesIsTheSlopeOfTheReference() throws {
        try checkGradient(LayerCase.sequences, .direct, tolerance: Self.gradientTolerance)
    }

    func testGradientOfSignalsVolumesAndBranchesIsTheSlopeOfTheReference() throws {
        try checkGradient(
            LayerCase.ranks + LayerCase.dilations + LayerCase.branches + LayerCase.upsamplings + LayerCase.squeezes
                + LayerCase.transposed, .direct, tolerance: Self.gradientTolerance)
    }

    func testGradientOfFewChannelsIsTheSlopeOfTheReference() throws {
        try requireFewChannelKernels()
        try checkGradient(LayerCase.fewChannels, Network.Options(), tolerance: Self.gradientTolerance)
    }

    /// What flows into and out of the maps of few channels, which are float32, is rounded to eight bits, as is all of the other
    /// layers. Where a rounding reaches over a kink, a whole element of the gradient is gained or lost.
    func testFewChannelsInBFloat16WithinItsRounding() throws {
        try requireFewChannelKernels()
        try requireBFloat16()
        let expected = try gradients(LayerCase.fewChannels, Network.Options())
        for isFast in [false, true] {
            let options = Network.Options.automaticBFloat16(isFast: isFast)
            try checkLogits(LayerCase.fewChannels, options, tolerance: 0x1p-7)
            for (found, expected) in zip(try gradients(LayerCase.fewChannels, options), expected) {
                let difference = zip(found.values, expected.values).map { $0 - $1 }
                XCTAssertLessThan(norm(difference), 0x1p-5 * norm(expected.values), found.name)
            }
        }
    }

    /// Gradients of the parameters, all tensors one behind the other.
    private func gradients(
        _ cases: [LayerCase], _ options: Network.Options
    ) throws -> [(name: String, values: [Float])] {
        var found: [(name: String, values: [Float])] = []
        try forEach(of: cases, options) { fixture in
            let step = try fixture.test.step(
                fixture.samples.map { Float($0) }, labels: fixture.labels, position: fixture.position,
                labelSmoothing: Float(Self.smoothing), gradientScale: 1 / Float(fixture.batch))
            found.append((fixture.name, step.gradient.flatMap(\.values)))
        }
        return found
    }

    private func norm(_ values: [Float]) -> Double {
        values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// The transforms of F(4 × 4, 3 × 3) have coefficients up to 8, which the rounding of what they cancel grows by.
    func testWinogradWithinItsRounding() throws {
        try requireAVX512()
        try checkWinograd(LayerCase.winograd, .winograd)
    }

    func testTilesWithinTheirRounding() throws {
        try XCTSkipUnless(Processor.hasFusedMultiplyAdd, "the kernels for tiles need fused multiply-adds")
        try checkWinograd(LayerCase.tiles, Network.Options())
    }

    private func checkWinograd(_ cases: [LayerCase], _ options: Network.Options) throws {
        try checkLogits(cases, options, tolerance: 2e-5)
        try checkGradient(cases, options, tolerance: 5e-5)
    }

    /// - Parameter tolerance: in relation to the largest logit.
    private func checkLogits(_ cases: [LayerCase], _ options: Network.Options, tolerance: Double) throws {
        try forEach(of: cases, options) { fixture in
            for mode in [ExecutionPlan.Mode.inference, .training] {
                let found = try fixture.test.logits(
                    fixture.samples.map { Float($0) }, batch: fixture.batch, mode: mode, position: fixture.position)
                let expected = fixture.reference.forward(fixture.samples, mode: mode).values
                XCTAssertLessThan(relativeError(found, expected), tolerance, "\(fixture.name), \(mode)")
            }
        }
    }

    private func requireFewChannelKernels() throws {
        try XCTSkipUnless(
            Processor.hasFusedMultiplyAdd, "convolutions of few channels are oneDNN's on a processor without FMA")
    }

    private func checkGradient(_ cases: [LayerCase], _ options: Network.Options, tolerance: Double) throws {
        try forEach(of: cases, options) { fixture in
            let step = try fixture.test.step(
                fixture.samples.map { Float($0) }, labels: fixture.labels, position: fixture.position,
                labelSmoothing: Float(Self.smoothing), gradientScale: 1 / Float(fixture.batch))
            XCTAssertEqual(
                step.loss.mean(over: fixture.batch), loss(fixture), accuracy: 2e-6, fixture.name)
            for tensor in step.gradient {
                let start = try XCTUnwrap(fixture.reference.parameters[tensor.name])
                check(tensor, at: start, fixture, tolerance) { $0.reference.parameters[tensor.name] = $1 }
            }
            let plan = try fixture.test.network.plan(batch: fixture.batch, mode: .training)
            let gradient = Array(try XCTUnwrap(plan.inputGradient))
            let tensor = Tensor(name: "input", shape: [gradient.count], values: gradient)
            check(tensor, at: fixture.samples, fixture, tolerance) { $0.samples = $1 }
        }
    }

    private func loss(_ fixture: Fixture) -> Double {
        fixture.reference.loss(fixture.samples, labels: fixture.labels, smoothing: Self.smoothing)
    }

    /// Whether `gradient` is the slope of the loss where a tensor of the fixture, that `set` sets, is `start`.
    private func check(
        _ gradient: Tensor, at start: [Double], _ fixture: Fixture, _ tolerance: Double,
        _ set: (inout Fixture, [Double]) -> Void
    ) {
        func slope(_ shifted: (Double) -> [Double]) -> Double {
            var (before, behind) = (fixture, fixture)
            set(&before, shifted(-Self.halfStep))
            set(&behind, shifted(Self.halfStep))
            return (loss(behind) - loss(before)) / (2 * Self.halfStep)
        }
        checkElements(of: gradient, fixture, tolerance) { element in
            slope { distance in
                var values = start
                values[element] += distance
                return values
            }
        }
        checkDirections(of: gradient, fixture, tolerance) { direction in
            slope { distance in zip(start, direction).map { $0 + distance * $1 } }
        }
    }

    /// Single elements: all of a small tensor, about 40 of a large one, the first and the last among them.
    private func checkElements(
        of gradient: Tensor, _ fixture: Fixture, _ tolerance: Double, slope: (_ element: Int) -> Double
    ) {
        let count = gradient.values.count
        let elements = Set(stride(from: 0, to: count, by: max(1, count / 37))).union([count - 1])
        let largest = gradient.values.reduce(0) { max($0, abs(Double($1))) }
        let accuracy = max(tolerance * largest, 1e-10)
        for element in elements.sorted() {
            let slope = slope(element)
            guard abs(Double(gradient.values[element]) - slope) <= accuracy else {
                // One message a tensor.
                return XCTFail(
                    "\(fixture.name), \(gradient.name), element \(element): \(gradient.values[element]), expected "
                        + "\(slope) within \(accuracy)")
            }
        }
    }

    /// All elements at once: the slope along random unit vectors.
    private func checkDirections(
        of gradient: Tensor, _ fixture: Fixture, _ tolerance: Double, slope: (_ direction: [Double]) -> Double
    ) {
        let norm = norm(gradient.values)
        for number in 0..<3 {
            var direction = uniform(gradient.values.count, in: 1, fill: UInt64(9000 + number)).map { Double($0) }
            let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            direction = direction.map { $0 / length }
            let found = zip(gradient.values, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
            XCTAssertEqual(
                found, slope(direction), accuracy: max(tolerance * norm, 1e-10),
                "\(fixture.name), \(gradient.name), direction \(number)")
        }
    }

    // MARK: - Fixtures

    private struct Fixture {
        let name: String
        let test: TestNetwork
        var reference: ReferenceNetwork
        /// `[N]` + the input's shape.
        var samples: [Double]
        let labels: [Int32]
        let position = BatchPosition(step: 3, firstSample: 11)

        var batch: Int { labels.count }
    }

    /// None of fifty draws of parameters was smooth enough to take differences.
    private struct NearAKink: Error {
        let layer: String
    }

    private func forEach(
        of cases: [LayerCase], _ options: Network.Options, _ body: (Fixture) throws -> Void
    ) throws {
        for layerCase in cases {
            for batch in layerCase.batches {
                let fixture = try fixture(layerCase, batch: batch, options)
                for (layer, implementation) in layerCase.computedBy {
                    let primitives = try XCTUnwrap(fixture.test.network.primitives[layer])
                    for pass in ["forward", "backward data", "backward weights"] {
                        let found = primitives[pass] ?? ""
                        XCTAssertTrue(
                            found.contains(implementation), "\(layerCase.name), layer \(layer), \(pass): \(found)")
                    }
                }
                try body(fixture)
            }
        }
    }

    /// Parameters are drawn again until no ReLU or maximum is so near its kink that a difference would step over it.
    private func fixture(_ layerCase: LayerCase, batch: Int, _ options: Network.Options) throws -> Fixture {
        let specification = NetworkSpecification(
            inputShape: layerCase.inputShape, layers: layerCase.layers + [Dense(units: Self.classes)])
        var options = options
        options.computesInputGradient = true
        let test = try TestNetwork(specification, options: options, seed: 5)
        for fill in UInt64(1)...50 {
            var fixture = Fixture(
                name: "\(layerCase.name), batch \(batch)", test: test,
                reference: ReferenceNetwork(
                    specification, parameters: try test.fillParameters(fill),
                    statistics: try test.fillStatistics(fill)),
                samples: LayerCase.samples(of: specification, batch: batch, in: 1.5, fill: fill + 5000).map {
                    Double($0)
                },
                labels: cyclicLabels(batch, classes: Self.classes))
            fixture.reference.masks = try DropoutProbe(batch: batch, position: fixture.position, seed: 5)
                .masks(of: specification)
            let distance = fixture.reference.forward(fixture.samples, mode: .training).kinkDistance
            if distance > 20 * Self.halfStep { return fixture }
        }
        throw NearAKink(layer: layerCase.name)
    }
}

/// What each dropout layer keeps of a batch, seen from outside: the same layer at the same place behind nothing but
/// activations, on ones.
private struct DropoutProbe {
    let batch: Int
    let position: BatchPosition
    let seed: UInt64

    func masks(of specification: NetworkSpecification) throws -> [String: [Bool]] {
        var masks: [String: [Bool]] = [:]
        var shape = specification.inputShape
        for (index, layer) in specification.layers.enumerated() {
            let before = activations(index)
            if drops(layer) { masks["\(index)"] = try mask(before + [layer], shape) }
            if let residual = layer as? Residual {
                var inner = shape
                let shapes = try NetworkSpecification(inputShape: shape, layers: residual.branch).outputShapes()
                for (place, layer) in residual.branch.enumerated() {
                    if drops(layer) {
                        // The shortcut adds ones.
                        let block = Residual(activations(place) + [layer])
                        masks["\(index).branch.\(place)"] = try mask(before + [block], inner, dropped: 1)
                    }
                    inner = shapes[place]
                }
            }
            shape = try NetworkSpecification(inputShape: shape, layers: [layer]).outputShapes()[0]
        }
        return masks
    }

    private func drops(_ layer: any LayerSpecification) -> Bool { layer is Dropout || layer is StochasticDepth }

    private func activations(_ count: Int) -> [any LayerSpecification] {
        [any LayerSpecification](repeating: ReLU(), count: count)
    }

    /// - Parameter dropped: what comes out where a value is dropped.
    private func mask(_ layers: [any LayerSpecification], _ shape: [Int], dropped: Float = 0) throws -> [Bool] {
        let probe = try TestNetwork(NetworkSpecification(inputShape: shape, layers: layers), seed: seed)
        let ones = [Float](repeating: 1, count: batch * shape.reduce(1, *))
        return try probe.logits(ones, batch: batch, mode: .training, position: position).map { $0 != dropped }
    }
}
