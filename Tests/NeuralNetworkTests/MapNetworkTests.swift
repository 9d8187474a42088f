import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Networks on signals, maps and volumes: how a batch is cut up, what is counted and what is refused.
final class MapNetworkTests: XCTestCase {
    /// Networks of layers that take the samples of a batch each by itself.
    static let separate: [(shape: [Int], layers: [any LayerSpecification])] = [[3, 18], [3, 6, 7, 6]].map { shape in
        (
            shape,
            [
                Convolution(channels: 16, kernel: 4, padding: .same), ReLU(), MaxPooling(kernel: 2), Dropout(rate: 0.3),
                Residual([Convolution(channels: 20, kernel: 3, stride: 2, padding: 1)], shortcut: .padding),
                Concatenation([
                    Branch("input"),
                    Branch("skip", [Addition([Branch("a"), Branch("b", [Tanh(), Dropout(rate: 0.4)])])]),
                ]),
                SqueezeExcitation(reduction: 4), Upsampling(scale: 2, mode: .linear),
                AveragePooling(kernel: 2, stride: 1), GlobalMaxPooling(), Flatten(),
                Dense(units: 5),
            ]
        )
    }

    /// Each part at its place in the batch, so that dropout is the same, too; and the same bits twice.
    func testGradientIsTheSumOverAnySplit() throws {
        let batch = 6
        for (shape, layers) in Self.separate {
            let size = shape.reduce(1, *)
            let all = uniform(batch * size, in: 1.5, fill: 31)
            let test = try TestNetwork(NetworkSpecification(inputShape: shape, layers: layers), nominalBatch: batch)
            try test.fillParameters(7)
            func step(_ range: Range<Int>) throws -> [Tensor] {
                try test.step(
                    Array(all[range.lowerBound * size..<range.upperBound * size]),
                    labels: cyclicLabels(range.count, classes: 5, first: range.lowerBound),
                    position: BatchPosition(step: 3, firstSample: 8 + range.lowerBound),
                    gradientScale: 1 / Float(batch)
                ).gradient
            }
            let whole = try step(0..<batch)
            XCTAssertEqual(bits(try step(0..<batch)), bits(whole), "\(shape)")
            for cuts in [[0, 2, 6], [0, 1, 5, 6]] {
                let parts = try zip(cuts, cuts.dropFirst()).map { try step($0..<$1) }
                for (number, tensor) in whole.enumerated() {
                    let sum = tensor.values.indices.map { element in
                        parts.reduce(0) { $0 + Double($1[number].values[element]) }
                    }
                    XCTAssertLessThan(relativeError(tensor.values, sum), 1e-5, "\(shape), \(tensor.name), \(cuts)")
                }
            }
        }
    }

    /// 16 · 3 · 3 weights are multiplied at each of nine pixels; a volume has a depth besides.
    func testShapesAndCounts() throws {
        for (shape, output, pixels) in [([3, 9], [16, 9], 9), ([3, 3, 4, 5], [16, 3, 4, 5], 60)] {
            let specification = NetworkSpecification(
                inputShape: shape,
                layers: [
                    Convolution(channels: 16, kernel: 3, padding: 1), BatchNormalization(), Dense(units: 2),
                ])
            let summary = try NetworkSummary(specification, batch: 4)
            let weights = 16 * 3 * (pixels == 9 ? 3 : 27)
            XCTAssertEqual(summary.layers[0].outputShape, [4] + output)
            XCTAssertEqual(summary.layers[0].parameterCount, weights + 16)
            XCTAssertEqual(summary.layers[0].multiplyAdds, weights * pixels)
            XCTAssertEqual(try specification.normalizations().map(\.valuesOfSample), [pixels])
        }
    }

    private func problem(_ shape: [Int], _ layer: any LayerSpecification) -> String {
        do {
            _ = try NetworkSpecification(inputShape: shape, layers: [layer]).outputShapes()
            return ""
        } catch { return "\(error)" }
    }

    func testBranchesFitEachOther() {
        let narrow: [any LayerSpecification] = [Convolution(channels: 4, kernel: 3)]
        XCTAssertEqual(
            problem([3, 5, 4], Concatenation([Branch("a", narrow), Branch("b")])),
            "layer 0 of the network: concatenation: expected branches to the same sizes behind the channels, found a to "
                + "[4, 3, 2], b to [3, 5, 4]")
        XCTAssertEqual(
            problem([3, 5, 4], Addition([Branch("a", [Convolution(channels: 4, kernel: 1)]), Branch("b")])),
            "layer 0 of the network: addition: expected branches to one shape, found a to [4, 5, 4], b to [3, 5, 4]")
        XCTAssertEqual(
            problem([3, 5, 4], Addition([Branch("a"), Branch("a")])),
            "layer 0 of the network: addition: branches: expected names of letters, digits and _, each once, found \"a\""
        )
        XCTAssertEqual(
            problem([3, 5, 4], Concatenation([Branch("x.y"), Branch("a")])),
            "layer 0 of the network: concatenation: branches: expected names of letters, digits and _, each once, found "
                + "\"x.y\"")
        XCTAssertEqual(
            problem([3, 5, 4], Concatenation([Branch("a")])),
            "layer 0 of the network: concatenation: branches: expected at least 2, found 1")
        let deep = Concatenation([Branch("a", [Convolution(channels: 4, kernel: 9)]), Branch("b")])
        XCTAssertThrowsError(try NetworkSpecification(inputShape: [3, 5, 4], layers: [deep]).outputShapes()) { error in
            XCTAssertEqual((error as? SpecificationError)?.layer, "0.a.0")
            XCTAssertEqual((error as? SpecificationError)?.key, "[0].concatenation.branches.a[0]")
        }
    }

    func testAnExtentHasOneNumberOrAsManyAsTheMap() {
        XCTAssertEqual(
            problem([3, 9], Convolution(channels: 4, kernel: [3, 5])),
            "layer 0 of the network: convolution: kernel: expected one number, or a list of 1, one for each dimension of "
                + "[3, 9] behind its channels; found [3, 5]")
        XCTAssertEqual(
            problem([3, 4, 5, 6], MaxPooling(kernel: 2, stride: [2, 1])),
            "layer 0 of the network: maxPooling: stride: expected one number, or a list of 3, one for each dimension of "
                + "[3, 4, 5, 6] behind its channels; found [2, 1]")
        XCTAssertEqual(
            problem([3, 2], Convolution(channels: 4, kernel: 3)),
            "layer 0 of the network: convolution: expected a kernel of at least 1 that fits the input [3, 2] with its "
                + "padding, and a stride of at least 1; found kernel 3, stride 1, padding 0")
        XCTAssertEqual(
            problem([3, 2, 2, 2, 2], GlobalMaxPooling()),
            "layer 0 of the network: globalMaxPooling: expected an input [C, L], [C, H, W] or [C, D, H, W], found "
                + "[3, 2, 2, 2, 2]")
        XCTAssertEqual(
            problem([3, 9], Convolution(channels: 4, kernel: 3, stride: 2, padding: .same)),
            "layer 0 of the network: convolution: padding: expected stride 1 where it is same, found stride 2")
        XCTAssertEqual(
            problem([3, 4], Convolution(channels: 4, kernel: 3, dilation: 2)),
            "layer 0 of the network: convolution: expected a kernel of at least 1 that fits the input [3, 4] with its "
                + "padding, and a stride of at least 1; found kernel 3, stride 1, dilation 2, padding 0")
        XCTAssertEqual(problem([3, 9], Convolution(channels: 4, kernel: [3])), "")
    }
}
