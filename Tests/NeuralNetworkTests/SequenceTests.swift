import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// What layers on sequences hold beside the laws of every layer.
final class SequenceTests: XCTestCase {
    /// Both passes drop the same probabilities, whose gradient is that of what is left; and a sample's do not depend on the others.
    func testDropoutOfAttentionIsTheSameInBothPasses() throws {
        for (layer, shape) in [
            (Attention(heads: 2, dropout: 0.4), [70, 6]), (Attention(heads: 1, dropout: 0.2, causal: true), [9, 8]),
            (TransformerBlock(heads: 2, hidden: 12, dropout: 0.3), [9, 8]),
        ] as [(any LayerSpecification, [Int])] {
            let report = try checkGradient(of: layer, inputShape: shape, batch: 2, elements: 24)
            XCTAssertTrue(report.isCorrect, "\(layer.kind): \(report)")
            XCTAssertFalse(report.mixesSamples, layer.kind)
        }
    }

    /// A third of the probabilities, of another choice in another step and layer.
    func testDropoutOfAttentionDropsItsShare() throws {
        // Every query sees every key alike, and values are 1: what comes out is the share of what is kept, scaled.
        func rows(_ layers: [any LayerSpecification], step: Int) throws -> [Float] {
            let test = try TestNetwork(NetworkSpecification(inputShape: [96, 1], layers: layers))
            try test.importParameters(
                test.network.layout.tensors.map { tensor in
                    let values: [Float] =
                        tensor.name.hasSuffix("in_proj_weight") ? [0, 0, 1] : tensor.shape[0] == 1 ? [1] : [0, 0, 0]
                    return Tensor(
                        name: tensor.name, shape: tensor.shape,
                        values: tensor.name.hasSuffix("out_proj_bias") ? [0] : values)
                })
            return try test.logits(
                [Float](repeating: 1, count: 96), batch: 1, mode: .training,
                position: BatchPosition(step: step, firstSample: 0))
        }
        let layer = Attention(heads: 1, dropout: 1.0 / 3)
        let found = try rows([layer], step: 0)
        XCTAssertEqual(found.reduce(0, +) / 96, 1, accuracy: 0.03)
        // Kept ones are scaled by 3 / 2: a row is a multiple of 1.5 / 96, not 1.
        let counts = found.map { $0 * 96 / 1.5 }
        for count in counts { XCTAssertEqual(count, count.rounded(), accuracy: 1e-3) }
        XCTAssertGreaterThan(Set(counts.map { Int($0.rounded()) }).count, 5)
        XCTAssertNotEqual(found, try rows([layer], step: 1))
        XCTAssertNotEqual(found, try rows([Dropout(rate: 0), layer], step: 0))
        XCTAssertEqual(found, try rows([layer], step: 0))
    }

    private func transformer(positions: Int) throws -> TestNetwork {
        try TestNetwork(
            NetworkSpecification(
                inputShape: [positions],
                layers: [
                    Embedding(tokens: 7, features: 8, padding: 0), PositionalEncoding(),
                    TransformerBlock(heads: 2, hidden: 16), LayerNormalization(), AttentionPooling(), Dense(units: 3),
                ]))
    }

    /// A sequence gives the same, however far it is filled up.
    func testPaddingIsLeftOut() throws {
        let (short, long) = (try transformer(positions: 5), try transformer(positions: 67))
        try long.importParameters(try short.fillParameters(4))
        let samples: [[Float]] = [[1, 2, 3, 4, 5], [6, 6, 1, 2, 0]]
        let expected = try short.logits(samples.flatMap(\.self), batch: 2)
        let filled = samples.flatMap { $0 + [Float](repeating: 0, count: 62) }
        XCTAssertLessThan(relativeError(try long.logits(filled, batch: 2), expected.map(Double.init)), 1e-5)
        // A sequence of padding alone gives numbers too.
        XCTAssertTrue(try long.logits([Float](repeating: 0, count: 67), batch: 1).allSatisfy(\.isFinite))
    }

    /// Pooling finds 0 in it, and attention what it adds to that.
    func testASequenceOfPaddingAloneGivesZeros() throws {
        let filled = [Float](repeating: 0, count: 5)
        func found(_ layers: [any LayerSpecification]) throws -> (values: [Float], parameters: [Tensor]) {
            let embedded: [any LayerSpecification] = [
                Embedding(tokens: 7, features: 8, padding: 0), PositionalEncoding(),
            ]
            let test = try TestNetwork(NetworkSpecification(inputShape: [5], layers: embedded + layers))
            let parameters = try test.fillParameters(4)
            return (try test.logits([1, 2, 3, 4, 5] + filled, batch: 2), parameters)
        }
        for pooling in [MeanPooling(), AttentionPooling()] as [any LayerSpecification] {
            let values = try found([pooling]).values
            XCTAssertTrue(values[..<8].allSatisfy { $0 != 0 }, "\(pooling)")
            XCTAssertEqual(Array(values[8...]), [Float](repeating: 0, count: 8), "\(pooling)")
        }
        let (values, parameters) = try found([Attention(heads: 2), TokenSelection(position: 1)])
        XCTAssertEqual(Array(values[8...]), parameters.first { $0.name == "2.out_proj_bias" }?.values)
    }

    func testRowOfThePaddingIs0AndStays() throws {
        let test = try transformer(positions: 5)
        let row = { (tensors: [Tensor]) in Array(tensors.first { $0.name == "0.weight" }!.values[..<8]) }
        XCTAssertEqual(row(try test.exportParameters()), [Float](repeating: 0, count: 8))
        XCTAssertNotEqual(Array(try test.exportParameters()[0].values[8..<16]), [Float](repeating: 0, count: 8))
        let step = try test.step([1, 2, 0, 0, 0, 3, 3, 3, 0, 0], labels: [0, 1], gradientScale: 0.5)
        XCTAssertEqual(row(step.gradient), [Float](repeating: 0, count: 8))
        XCTAssertTrue(step.gradient.first { $0.name == "0.weight" }!.values[8..<32].contains { $0 != 0 })
    }

    /// A number that is no token's makes what is seen not a number, and nothing is read or written beside the rows.
    func testNumbersThatAreNoTokensAreNotNumbers() throws {
        let test = try transformer(positions: 5)
        for number in [-1, 7, 0.5, .nan, .infinity, -.infinity, 1e30] as [Float] {
            let step = try test.step([1, number, 2, 3, 4], labels: [0], gradientScale: 1)
            XCTAssertEqual(step.loss.nonFiniteCount, 1, "\(number)")
        }
    }

    func testCausalAttentionSeesNothingBehind() throws {
        let network = NetworkSpecification(
            inputShape: [9],
            layers: [
                Embedding(tokens: 7, features: 8), PositionalEncoding(.learned),
                TransformerBlock(heads: 2, hidden: 16, causal: true), TokenSelection(position: 4),
            ])
        let test = try TestNetwork(network)
        let first = try test.logits([1, 2, 3, 4, 5, 6, 1, 2, 3], batch: 1)
        XCTAssertEqual(first, try test.logits([1, 2, 3, 4, 5, 1, 1, 1, 0], batch: 1))
        XCTAssertNotEqual(first, try test.logits([1, 3, 3, 4, 5, 6, 1, 2, 3], batch: 1))
    }

    /// Products of positions with positions are never in memory.
    func testMemoryGrowsWithThePositions() throws {
        func byteCount(_ positions: Int) throws -> Int {
            try NetworkSummary(
                NetworkSpecification(
                    inputShape: [positions, 32], layers: [Attention(heads: 8), MeanPooling(), Dense(units: 2)]),
                batch: 2
            ).plannedByteCount
        }
        XCTAssertLessThan(Double(try byteCount(2048)), 2.1 * Double(try byteCount(1024)))
    }

    /// timm's `vit_tiny_patch16_224`.
    func testParametersOfTheVisionTransformer() throws {
        var preset = VisionTransformer()
        preset.patch = 16
        let summary = try NetworkSummary(preset.network(inputShape: [3, 224, 224], classes: 1000), batch: 1)
        XCTAssertEqual(summary.parameterCount, 5_717_416)
    }

    func testMisplacedLayersAreRefused() {
        func problem(_ inputShape: [Int], _ layers: [any LayerSpecification]) -> String {
            do {
                _ = try NetworkSpecification(inputShape: inputShape, layers: layers).outputShapes()
                return ""
            } catch { return "\(error)" }
        }
        let embedding = Embedding(tokens: 5, features: 8)
        XCTAssertEqual(problem([4], [embedding, MeanPooling()]), "")
        XCTAssertEqual(
            problem([4], [ReLU(), embedding]),
            "layer 1 of the network: embedding: expected at the first place, where samples are still token numbers; move it "
                + "there")
        XCTAssertEqual(
            problem([4], [Residual([embedding])]),
            "layer 0.branch.0 of the network: embedding: expected at the first place, where samples are still token "
                + "numbers; move it there")
        XCTAssertEqual(
            problem([4, 2], [embedding]), "layer 0 of the network: embedding: expected token numbers [L], found [4, 2]")
        XCTAssertEqual(
            problem([4], [Embedding(tokens: 5, features: 8, padding: 5)]),
            "layer 0 of the network: embedding: padding: expected one of the tokens 0 to 4, found 5")
        XCTAssertEqual(
            problem([4], [embedding, Attention(heads: 3)]),
            "layer 1 of the network: attention: expected heads that divide 8 features, found 3")
        XCTAssertEqual(
            problem([4], [embedding, TransformerBlock(heads: 8, hidden: 4, rotary: true)]),
            "layer 1.attention.1 of the network: attention: expected an even number of features a head with rotary: true, "
                + "found 1")
        XCTAssertEqual(
            problem([3, 6, 6], [PatchEmbedding(patch: 4, features: 2)]),
            "layer 0 of the network: patchEmbedding: expected a patch that divides the size of [3, 6, 6], found 4")
        XCTAssertEqual(
            problem([4, 3], [Concatenation([Branch("a"), Branch("b", [ClassToken()])], along: .features)]),
            "layer 0 of the network: concatenation: expected branches to sequences [L, features] of as many positions, found a to "
                + "[4, 3], b to [5, 3]")
        XCTAssertEqual(
            problem([7], [MeanPooling()]),
            "layer 0 of the network: meanPooling: expected a sequence [L, features], found [7]")
    }
}
