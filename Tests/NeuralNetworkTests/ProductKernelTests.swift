import CKernels
import NeuralNetworkTestSupport
import XCTest

/// The kernels for products of dense layers: sums in double, rows that do not depend on each other, what is not a number kept.
final class ProductKernelTests: XCTestCase {
    /// The factors of a layer's products and what comes out, weights in panels.
    private struct Layer {
        let product: kernels_product
        let source, weights, bias, gradient: [Float]
        var result, sourceGradient, weightGradient, biasGradient: [Float]

        init(_ rows: Int, _ features: Int, _ units: Int) {
            product = kernels_product(rows: Int64(rows), features: Int64(features), units: Int64(units))
            source = uniform(rows * features, in: 1, fill: 601)
            bias = uniform(units, in: 1, fill: 603)
            gradient = uniform(rows * units, in: 1, fill: 604)
            (result, sourceGradient) = ([], [])
            biasGradient = [Float](repeating: 7, count: units)
            // 0 in what fills panels up; of the gradient 7, which is to stay.
            let plain = uniform(units * features, in: 1, fill: 602)
            weightGradient = [Float](repeating: 7, count: (units + 15) / 16 * 16 * ((features + 15) / 16 * 16))
            var weights = [Float](repeating: 0, count: weightGradient.count)
            for unit in 0..<units {
                for feature in 0..<features {
                    weights[Self.place(unit, feature, of: features)] = plain[unit * features + feature]
                }
            }
            self.weights = weights
        }

        static func place(_ unit: Int, _ feature: Int, of features: Int) -> Int {
            (unit / 16 * ((features + 15) / 16 * 16) + feature) * 16 + unit % 16
        }

        mutating func run(withBias: Bool = true, relu: Bool = false, source other: [Float]? = nil) {
            let source = other ?? self.source
            let scratch = UnsafeMutablePointer<Float>.allocate(capacity: Int(kernels_product_scratch_count(product)))
            defer { scratch.deallocate() }
            result = [Float](repeating: 7, count: gradient.count)
            sourceGradient = [Float](repeating: 7, count: source.count)
            bias.withUnsafeBufferPointer {
                kernels_multiply(product, &result, source, weights, withBias ? $0.baseAddress : nil, relu ? 1 : 0)
            }
            kernels_product_data_gradient(product, &sourceGradient, gradient, weights)
            biasGradient.withUnsafeMutableBufferPointer {
                kernels_product_weight_gradient(
                    product, &weightGradient, withBias ? $0.baseAddress : nil, source, gradient, scratch)
            }
        }
    }

    /// Rows, features, units: one of each; less and more than tiles, panels and parts of sums.
    private static let shapes = [
        (1, 1, 1), (1, 40, 24), (5, 7, 3), (6, 16, 16), (13, 401, 8), (31, 17, 33), (9, 33, 830), (257, 254, 3),
        (300, 9, 49), (64, 84, 10),
    ]

    override func setUpWithError() throws {
        let avx2: UInt32 = 0x4
        try XCTSkipUnless(kernels_instruction_sets() & avx2 != 0, "a processor without AVX2")
    }

    /// Compares sums whose terms are at most 1.
    private func assertClose(_ found: Float, _ expected: Double, terms: Int, _ name: String) {
        XCTAssertEqual(Double(found), expected, accuracy: 1e-6 * Double(terms).squareRoot(), name)
    }

    func testSumsAreThoseInDouble() {
        for (rows, features, units) in Self.shapes {
            for (withBias, relu) in [(true, true), (false, false)] {
                var layer = Layer(rows, features, units)
                layer.run(withBias: withBias, relu: relu)
                let name = "\(rows) × \(features) → \(units), bias \(withBias), relu \(relu)"
                func sum(_ count: Int, _ term: (Int) -> (Float, Float)) -> Double {
                    (0..<count).reduce(0) { $0 + Double(term($1).0) * Double(term($1).1) }
                }
                func weight(_ unit: Int, _ feature: Int) -> Float {
                    layer.weights[Layer.place(unit, feature, of: features)]
                }
                for row in 0..<rows {
                    for unit in 0..<units {
                        let product = sum(features) { (layer.source[row * features + $0], weight(unit, $0)) }
                        let expected = product + (withBias ? Double(layer.bias[unit]) : 0)
                        assertClose(
                            layer.result[row * units + unit], relu ? max(0, expected) : expected, terms: features, name)
                    }
                    for feature in 0..<features {
                        let expected = sum(units) { (layer.gradient[row * units + $0], weight($0, feature)) }
                        assertClose(layer.sourceGradient[row * features + feature], expected, terms: units, name)
                    }
                }
                for unit in 0..<units {
                    for feature in 0..<features {
                        let expected = sum(rows) {
                            (layer.gradient[$0 * units + unit], layer.source[$0 * features + feature])
                        }
                        let found = layer.weightGradient[Layer.place(unit, feature, of: features)]
                        assertClose(found, expected, terms: rows, name)
                    }
                    let expected = sum(rows) { (layer.gradient[$0 * units + unit], 1) }
                    if withBias { assertClose(layer.biasGradient[unit], expected, terms: rows, name) }
                }
                let filling = layer.weightGradient.count - units * features + (withBias ? 0 : units)
                XCTAssertEqual((layer.weightGradient + layer.biasGradient).filter { $0 == 7 }.count, filling, name)
            }
        }
    }

    /// A row's results have the same bits however many rows are beside it.
    func testRowsDoNotDependOnEachOther() {
        for (rows, features, units) in Self.shapes where rows > 1 {
            var layer = Layer(rows, features, units)
            layer.run(relu: true)
            for count in Set([1, rows / 2, rows - 1]) {
                let part = kernels_product(rows: Int64(count), features: Int64(features), units: Int64(units))
                var result = [Float](repeating: 7, count: count * units)
                var gradient = [Float](repeating: 7, count: count * features)
                let source = Array(layer.source.suffix(gradient.count))
                kernels_multiply(part, &result, source, layer.weights, layer.bias, 1)
                kernels_product_data_gradient(
                    part, &gradient, Array(layer.gradient.suffix(result.count)), layer.weights)
                let name = "\(count) of \(rows) × \(features) → \(units)"
                XCTAssertEqual(bits(result), bits(Array(layer.result.suffix(result.count))), name)
                XCTAssertEqual(bits(gradient), bits(Array(layer.sourceGradient.suffix(gradient.count))), name)
            }
        }
    }

    func testWhatIsNoNumberReachesItsRowAndItsWeightsAlone() {
        for (rows, features, units) in Self.shapes {
            let (row, feature) = (rows / 2, features / 3)
            for value in [Float.nan, .infinity] {
                var (layer, finite) = (Layer(rows, features, units), Layer(rows, features, units))
                var source = layer.source
                source[row * features + feature] = value
                layer.run(source: source)
                finite.run()
                for index in 0..<rows * units {
                    XCTAssertEqual(layer.result[index].isFinite, index / units != row, "\(value) \(index)")
                }
                for index in layer.weightGradient.indices {
                    let unit = index / 16 / ((features + 15) / 16 * 16) * 16 + index % 16
                    let isReached = unit < units && index / 16 % ((features + 15) / 16 * 16) == feature
                    XCTAssertEqual(layer.weightGradient[index].isFinite, !isReached, "\(value) \(index)")
                }
                XCTAssertEqual(bits(layer.biasGradient), bits(finite.biasGradient))
                layer.run(relu: true, source: source)
                if value.isNaN {
                    for unit in 0..<units { XCTAssertTrue(layer.result[row * units + unit].isNaN) }
                }
            }
        }
    }
}
