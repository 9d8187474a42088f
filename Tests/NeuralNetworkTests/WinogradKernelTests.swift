import CKernels
import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// The kernels for tiles of Winograd's algorithm against the definition of a convolution, in blocks of 8 channels and, with
/// AVX-512, of 16: fewer tiles and more than are transformed at a time, borders within tiles, many channels.
final class WinogradKernelTests: XCTestCase {
    private struct Maps {
        let shape: kernels_winograd
        let source, gradient, weights, bias: [Float]

        /// Numbers in −1 … 1.
        init(_ shape: kernels_winograd) {
            self.shape = shape
            let ofBlocks = Int(shape.samples * shape.rows * shape.columns) * Int(shape.block)
            source = uniform(ofBlocks * Int(shape.inputBlocks), in: 1, fill: 701)
            gradient = uniform(ofBlocks * Int(shape.outputBlocks), in: 1, fill: 702)
            weights = uniform(
                Int(shape.inputBlocks * shape.outputBlocks) * 9 * Int(shape.block * shape.block), in: 1, fill: 703)
            bias = uniform(Int(shape.outputBlocks) * Int(shape.block), in: 1, fill: 704)
        }

        private var block: Int { Int(shape.block) }
        private var rows: Int { Int(shape.rows) }
        private var columns: Int { Int(shape.columns) }
        var inputs: Int { Int(shape.inputBlocks) * block }
        var outputs: Int { Int(shape.outputBlocks) * block }

        /// The index in a map of `channels`, nil outside of it.
        func place(_ channels: Int, _ n: Int, _ channel: Int, _ y: Int, _ x: Int) -> Int? {
            guard (0..<rows).contains(y), (0..<columns).contains(x) else { return nil }
            return (((n * channels / block + channel / block) * rows + y) * columns + x) * block + channel % block
        }

        func weight(_ output: Int, _ input: Int, _ ky: Int, _ kx: Int) -> Int {
            let ofBlock = output / block * Int(shape.inputBlocks) + input / block
            return ((ofBlock * 9 + ky * 3 + kx) * block + input % block) * block + output % block
        }

        /// A pixel of the result, without its bias.
        func result(_ n: Int, _ output: Int, _ y: Int, _ x: Int) -> Double {
            sum { ky, kx, add in
                for input in 0..<inputs {
                    guard let from = place(inputs, n, input, y + ky - 1, x + kx - 1) else { return }
                    add(source[from], weights[weight(output, input, ky, kx)])
                }
            }
        }

        /// A pixel of the gradient of the source.
        func sourceGradient(_ n: Int, _ input: Int, _ y: Int, _ x: Int) -> Double {
            sum { ky, kx, add in
                for output in 0..<outputs {
                    guard let from = place(outputs, n, output, y + 1 - ky, x + 1 - kx) else { return }
                    add(gradient[from], weights[weight(output, input, ky, kx)])
                }
            }
        }

        private func sum(_ body: (_ ky: Int, _ kx: Int, _ add: (Float, Float) -> Void) -> Void) -> Double {
            var sum = 0.0
            for place in 0..<9 { body(place / 3, place % 3) { sum += Double($0) * Double($1) } }
            return sum
        }

        func weightGradient(_ output: Int, _ input: Int, _ ky: Int, _ kx: Int) -> Double {
            var sum = 0.0
            forEachPixel { n, y, x in
                guard let from = place(inputs, n, input, y + ky - 1, x + kx - 1) else { return }
                sum += Double(source[from]) * Double(gradient[place(outputs, n, output, y, x)!])
            }
            return sum
        }

        func forEachPixel(_ body: (_ n: Int, _ y: Int, _ x: Int) -> Void) {
            for n in 0..<Int(shape.samples) {
                for pixel in 0..<rows * columns { body(n, pixel / columns, pixel % columns) }
            }
        }

        /// What is not written is not read: a NaN would show.
        private func scratch(_ pass: kernels_winograd_pass) -> [Float] {
            [Float](repeating: .nan, count: Int(kernels_winograd_scratch_count(shape, pass)))
        }

        func convolved(bias hasBias: Bool, relu: Bool) -> [Float] {
            var (result, scratch) = ([Float](repeating: 7, count: gradient.count), scratch(kernels_winograd_forward))
            bias.withUnsafeBufferPointer {
                kernels_winograd_convolve(
                    shape, &result, source, weights, hasBias ? $0.baseAddress : nil, relu ? 1 : 0, &scratch)
            }
            return result
        }

        func foundSourceGradient() -> [Float] {
            var (result, scratch) = ([Float](repeating: 7, count: source.count), scratch(kernels_winograd_data))
            kernels_winograd_data_gradient(shape, &result, gradient, weights, &scratch)
            return result
        }

        func foundWeightGradient() -> (weights: [Float], bias: [Float]) {
            var (found, scratch) = ([Float](repeating: 7, count: weights.count), scratch(kernels_winograd_weights))
            var bias = [Float](repeating: 7, count: outputs)
            kernels_winograd_weight_gradient(shape, &found, &bias, source, gradient, &scratch)
            return (found, bias)
        }
    }

    /// Shapes `[samples, inputs, outputs, rows, columns]` in the blocks of the instruction sets that are there.
    private func maps() throws -> [Maps] {
        try XCTSkipUnless(Processor.hasFusedMultiplyAdd, "the kernels for tiles need fused multiply-adds")
        return (hasAVX512 ? [8, 16] : [8]).flatMap { (block: Int64) in
            [
                [1, 16, 16, 1, 1], [2, 16, 32, 4, 4], [3, 32, 16, 5, 9], [1, 48, 32, 13, 6], [14, 16, 16, 7, 7],
                [7, 128, 16, 8, 8], [13, 16, 128, 5, 5], [13, 256, 32, 8, 7],
            ].map { (shape: [Int64]) in
                Maps(
                    kernels_winograd(
                        samples: shape[0], inputBlocks: shape[1] / block, outputBlocks: shape[2] / block,
                        rows: shape[3], columns: shape[4], block: Int32(block), isHalf: 0))
            }
        }
    }

    /// Every seventeenth number, so that every place of a tile and of a block comes up.
    private let stride = 17

    func testResults() throws {
        for maps in try maps() {
            let (found, rectified) = (maps.convolved(bias: true, relu: false), maps.convolved(bias: false, relu: true))
            var count = 0
            maps.forEachPixel { n, y, x in
                for output in 0..<maps.outputs {
                    count += 1
                    guard count % stride == 0 else { continue }
                    let place = maps.place(maps.outputs, n, output, y, x)!
                    let (expected, accuracy) = (maps.result(n, output, y, x), 1e-5 * Double(maps.inputs))
                    let name = "\(maps.shape): \(n), \(output), \(y), \(x)"
                    XCTAssertEqual(
                        Double(found[place]), expected + Double(maps.bias[output]), accuracy: accuracy, name)
                    XCTAssertEqual(Double(rectified[place]), max(0, expected), accuracy: accuracy, name)
                }
            }
        }
    }

    func testGradientsOfTheSource() throws {
        for maps in try maps() {
            let found = maps.foundSourceGradient()
            var count = 0
            maps.forEachPixel { n, y, x in
                for input in 0..<maps.inputs {
                    count += 1
                    guard count % stride == 0 else { continue }
                    XCTAssertEqual(
                        Double(found[maps.place(maps.inputs, n, input, y, x)!]), maps.sourceGradient(n, input, y, x),
                        accuracy: 1e-5 * Double(maps.outputs), "\(maps.shape): \(n), \(input), \(y), \(x)")
                }
            }
        }
    }

    func testGradientsOfWeightsAndBias() throws {
        for maps in try maps() {
            let found = maps.foundWeightGradient()
            let pixels = Double(maps.shape.samples * maps.shape.rows * maps.shape.columns)
            for index in Swift.stride(from: 0, to: maps.inputs * maps.outputs * 9, by: 61) {
                let (output, input) = (index / 9 / maps.inputs, index / 9 % maps.inputs)
                let (ky, kx) = (index % 9 / 3, index % 3)
                XCTAssertEqual(
                    Double(found.weights[maps.weight(output, input, ky, kx)]),
                    maps.weightGradient(output, input, ky, kx), accuracy: 1e-5 * (1 + pixels.squareRoot()),
                    "\(maps.shape): \(input) to \(output), \(ky), \(kx)")
            }
            var sums = [Double](repeating: 0, count: maps.outputs)
            maps.forEachPixel { n, y, x in
                for output in 0..<maps.outputs {
                    sums[output] += Double(maps.gradient[maps.place(maps.outputs, n, output, y, x)!])
                }
            }
            for (found, sum) in zip(found.bias, sums) {
                XCTAssertEqual(Double(found), sum, accuracy: 1e-5 * (1 + pixels.squareRoot()), "\(maps.shape)")
            }
        }
    }

    /// A pixel has the same bits whatever else is computed with it.
    func testPixelsDoNotDependOnTheNumberOfSamples() throws {
        for maps in try maps() where maps.shape.samples > 1 {
            var shape = maps.shape
            shape.samples = 1
            let one = Maps(shape)
            XCTAssertEqual(one.source, Array(maps.source.prefix(one.source.count)))
            let found = maps.convolved(bias: false, relu: false).prefix(one.gradient.count)
            XCTAssertEqual(bits(Array(found)), bits(one.convolved(bias: false, relu: false)), "\(maps.shape)")
        }
    }
}
