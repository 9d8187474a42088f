import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Layers of another package behave in a network as ours do.
final class PlainLayerTests: XCTestCase {
    func testGradientsOfOwnLayersAreTheirSlopes() throws {
        for shape in [[1], [7], [3, 4, 5], [17, 2, 3]] {
            for layer in [Slope(), UnitLength(), Shaken(), Untouched(), Mistaken()] as [any LayerSpecification] {
                let report = try checkGradient(of: layer, inputShape: shape)
                XCTAssertTrue(report.isCorrect, "\(layer.kind) of \(shape): \(report)")
                XCTAssertFalse(report.mixesSamples, "\(layer.kind) of \(shape): \(report)")
                XCTAssertEqual(report.tensors.map(\.name).dropFirst(), layer.names(of: shape)[...])
            }
        }
    }

    func testGradientsOfOurLayersAreTheirSlopes() throws {
        for layer in [
            Dense(units: 5), Convolution(channels: 4, kernel: 3, padding: 1), LayerNormalization(), GELU(), ReLU(),
            MaxPooling(kernel: 2), Residual([Convolution(channels: 3, kernel: 1), Tanh()]), Dropout(rate: 0.5),
        ] as [any LayerSpecification] {
            let report = try checkGradient(of: layer, inputShape: [3, 4, 5], elements: 20)
            XCTAssertTrue(report.isCorrect, "\(layer.kind): \(report)")
            XCTAssertEqual(report.mixesSamples, layer is BatchNormalization, layer.kind)
        }
    }

    func testMistakesAreTold() throws {
        let tensors: [Mistaken.Mistake: String] = [
            .inputFactor: "input", .noInput: "input", .lastSample: "weight", .noBias: "bias", .notFinite: "bias",
        ]
        for mistake in Mistaken.Mistake.allCases {
            let report = try checkGradient(of: Mistaken(mistake: mistake), inputShape: [6])
            let wrong = report.tensors.filter { $0.largestError > report.tolerance }.map(\.name)
            XCTAssertEqual(wrong, tensors[mistake].map { [$0] } ?? [], "\(mistake): \(report)")
            XCTAssertEqual(report.isCorrect, tensors[mistake] == nil, "\(mistake)")
            XCTAssertEqual(report.mixesSamples, mistake == .otherSamples, "\(mistake)")
        }
        let normalization = try checkGradient(of: BatchNormalization(), inputShape: [3, 4, 5], batch: 8, elements: 20)
        XCTAssertTrue(normalization.isCorrect && normalization.mixesSamples, "\(normalization)")
    }

    /// Whatever stands before or behind it, in training and evaluation, through the layouts of all layers and back.
    func testALayerThatDoesNothingChangesNothing() throws {
        for options in [Network.Options.direct, Network.Options()] {
            try assertUnchanged(options, tolerance: 2e-5)
        }
    }

    func testItChangesNothingInBFloat16() throws {
        try requireBFloat16()
        try assertUnchanged(.bfloat16, tolerance: 5e-2)
    }

    private func assertUnchanged(_ options: Network.Options, tolerance: Double) throws {
        for layerCase in LayerCase.all where !hasDropout(layerCase.layers) {
            let head: [any LayerSpecification] = [Dense(units: 5)]
            func run(_ layers: [any LayerSpecification]) throws -> [[Float]] {
                let test = try TestNetwork(
                    NetworkSpecification(inputShape: layerCase.inputShape, layers: layers), options: options)
                // He's distribution would depend on what stands behind.
                try test.fillParameters(2)
                let batch = layerCase.batches.contains(5) ? 5 : layerCase.batches[0]
                let samples = LayerCase.samples(of: test.network.specification, batch: batch, in: 1, fill: 3)
                let evaluated = try test.logits(samples, batch: batch)
                let step = try test.step(
                    samples, labels: cyclicLabels(batch, classes: 5), gradientScale: 1 / Float(batch))
                return [evaluated, step.logits] + step.gradient.map(\.values)
            }
            let plain = try run(layerCase.layers + head)
            // Numbers of tokens and levels go to the embedding as they are.
            let network = NetworkSpecification(inputShape: layerCase.inputShape, layers: layerCase.layers)
            let takesNumbers = network.rowIndices != nil
            let front = takesNumbers ? [] : [Untouched()]
            let around = try run(front + layerCase.layers.flatMap { [$0, Untouched()] } + head)
            XCTAssertEqual(plain.count, around.count, layerCase.name)
            for (number, (found, expected)) in zip(around, plain).enumerated() {
                let largest = expected.reduce(0) { max($0, Double(abs($1))) }
                // A gradient of nothing but rounding.
                guard largest > 1e-5 else { continue }
                XCTAssertLessThan(
                    relativeError(found, expected.map(Double.init)), tolerance, "\(layerCase.name), tensor \(number)")
            }
        }
    }

    private func hasDropout(_ layers: [any LayerSpecification]) -> Bool {
        layers.contains { layer in
            if let dropout = layer as? Dropout { return dropout.rate > 0 }
            return layer is StochasticDepth || layer.inner.contains { hasDropout($0.layers) }
        }
    }

    /// Within a residual block, and as maps of other shapes.
    func testItStandsInBlocksAndChangesShapes() throws {
        func logits(_ layers: [any LayerSpecification]) throws -> [Float] {
            let test = try TestNetwork(
                NetworkSpecification(inputShape: [4, 6, 6], layers: layers + [Dense(units: 3)]), options: .direct)
            try test.fillParameters(2)
            return try test.step(
                uniform(3 * 144, in: 1, fill: 1), labels: [0, 1, 2], gradientScale: 1
            ).logits
        }
        let convolution = Convolution(channels: 4, kernel: 3, padding: 1)
        let plain = try logits([Residual([convolution]), convolution])
        for layers in [
            [Residual([convolution, Untouched()]), convolution],
            [Residual([convolution], shortcut: .layers([Untouched()])), convolution],
            [
                Residual([convolution]), Untouched { _ in [144] }, Untouched { _ in [12, 12] },
                Untouched { _ in [4, 6, 6] }, convolution,
            ],
        ] as [[any LayerSpecification]] {
            XCTAssertLessThan(relativeError(try logits(layers), plain.map(Double.init)), 1e-5)
        }
    }

    func testRandomNumbersGoByThePlaceInTheGlobalBatch() throws {
        let test = try TestNetwork(NetworkSpecification(inputShape: [4], layers: [Shaken()]))
        let samples = uniform(24, in: 1, fill: 2)
        func shaken(_ range: Range<Int>, step: Int = 7) throws -> [Float] {
            try test.logits(
                Array(samples[range.lowerBound * 4..<range.upperBound * 4]), batch: range.count, mode: .training,
                position: BatchPosition(step: step, firstSample: range.lowerBound))
        }
        let whole = try shaken(0..<6)
        XCTAssertEqual(bits(try shaken(0..<2) + shaken(2..<6)), bits(whole))
        XCTAssertNotEqual(bits(try shaken(0..<6, step: 8)), bits(whole))
        XCTAssertEqual(bits(try test.logits(samples, batch: 6)), bits(samples))
    }

    func testWhatCannotBeIsRefusedWithItsPlace() {
        func problem(_ layer: any LayerSpecification) -> String {
            do {
                _ = try NetworkSpecification(inputShape: [4], layers: [ReLU(), layer]).outputShapes()
                return ""
            } catch { return "\(error)" }
        }
        XCTAssertEqual(
            problem(Untouched { _ in [] }),
            "layer 1 of the network: untouched: expected an output of dimensions of at least 1 and at most 2^32 values, found "
                + "[]")
        XCTAssertEqual(
            problem(Mistaken(names: ["weight", "weight"])),
            "layer 1 of the network: mistaken: expected parameters with names of their own, found weight twice")
        XCTAssertTrue(problem(Untouched { _ in [1 << 20, 1 << 20] }).contains("at most 2^32 values"))
    }
}

extension LayerSpecification {
    fileprivate func names(of shape: [Int]) -> [String] {
        parameters(LayerPlace(path: "0", input: shape)).map(\.name)
    }
}
