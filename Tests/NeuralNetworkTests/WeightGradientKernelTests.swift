import CKernels
import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// The gradient of the weights of a convolution 3 × 3 from products of pairs of pixels.
final class WeightGradientKernelTests: XCTestCase {
    private struct Maps {
        let shape: kernels_weight_gradient
        let source, gradient: [UInt16]

        /// Maps of bfloat16 numbers in −1 … 1, in blocks of 16 channels.
        init(_ shape: kernels_weight_gradient) {
            self.shape = shape
            let pixels = Int(shape.samples * shape.rows * shape.columns) * 16
            func halves(_ blocks: Int64, fill: UInt64) -> [UInt16] {
                uniform(pixels * Int(blocks), in: 1, fill: fill).map { UInt16($0.bitPattern >> 16) }
            }
            source = halves(shape.inputBlocks, fill: 601)
            gradient = halves(shape.outputBlocks, fill: 602)
        }

        func value(_ map: [UInt16], _ blocks: Int64, _ n: Int, _ channel: Int, _ y: Int, _ x: Int) -> Double {
            let (rows, columns) = (Int(shape.rows), Int(shape.columns))
            guard (0..<rows).contains(y), (0..<columns).contains(x) else { return 0 }
            let place = (((n * Int(blocks) + channel / 16) * rows + y) * columns + x) * 16 + channel % 16
            return Double(Float(bitPattern: UInt32(map[place]) << 16))
        }

        /// The gradient of the weight from an input to an output, at a place of the kernel; and the sum of magnitudes.
        func expected(_ output: Int, _ input: Int, _ ky: Int, _ kx: Int) -> (sum: Double, magnitude: Double) {
            var (sum, magnitude) = (0.0, 0.0)
            for n in 0..<Int(shape.samples) {
                for y in 0..<Int(shape.rows) {
                    for x in 0..<Int(shape.columns) {
                        let product =
                            value(gradient, shape.outputBlocks, n, output, y, x)
                            * value(source, shape.inputBlocks, n, input, y + ky - 1, x + kx - 1)
                        sum += product
                        magnitude += abs(product)
                    }
                }
            }
            return (sum, magnitude)
        }

        func found(bias hasBias: Bool) -> (weights: [Float], bias: [Float]) {
            var weights = [Float](repeating: 7, count: Int(shape.outputBlocks * shape.inputBlocks) * 9 * 256)
            var bias = [Float](repeating: 7, count: Int(shape.outputBlocks) * 16)
            // What is not written is not read: a NaN would show.
            var scratch = [UInt16](repeating: 0x7FC0, count: Int(kernels_weight_gradient_scratch_count(shape)))
            bias.withUnsafeMutableBufferPointer { bias in
                kernels_find_weight_gradient(
                    shape, &weights, hasBias ? bias.baseAddress : nil, source, gradient, &scratch)
            }
            return (weights, bias)
        }
    }

    func testEveryWeight() throws {
        try XCTSkipUnless(Processor.instructionSet == "AVX-512 bf16", "for AVX-512's bfloat16 instructions")
        for (samples, inputs, outputs, rows, columns) in [
            (1, 1, 1, 1, 1), (1, 1, 1, 1, 2), (2, 1, 1, 2, 1), (1, 2, 1, 3, 3), (3, 1, 2, 4, 7), (2, 2, 3, 3, 8),
            (1, 1, 1, 2, 31), (1, 1, 1, 2, 32), (1, 1, 1, 3, 33), (2, 1, 1, 2, 65),
        ] as [(Int64, Int64, Int64, Int64, Int64)] {
            let maps = Maps(
                kernels_weight_gradient(
                    samples: samples, inputBlocks: inputs, outputBlocks: outputs, rows: rows, columns: columns))
            let found = maps.found(bias: true)
            XCTAssertEqual(bits(maps.found(bias: false).weights), bits(found.weights))
            XCTAssertEqual(maps.found(bias: false).bias, [Float](repeating: 7, count: found.bias.count))
            for output in 0..<Int(outputs) * 16 {
                for input in 0..<Int(inputs) * 16 {
                    for (ky, kx) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
                        let block = output / 16 * Int(inputs) + input / 16
                        let place = ((block * 9 + ky * 3 + kx) * 16 + input % 16) * 16 + output % 16
                        let (sum, magnitude) = maps.expected(output, input, ky, kx)
                        XCTAssertEqual(
                            Double(found.weights[place]), sum, accuracy: 1e-6 * magnitude,
                            "\(maps.shape): \(input) to \(output), \(ky), \(kx)")
                    }
                }
                var sum = 0.0
                for n in 0..<Int(samples) {
                    for pixel in 0..<Int(rows * columns) {
                        sum += maps.value(
                            maps.gradient, outputs, n, output, pixel / Int(columns), pixel % Int(columns))
                    }
                }
                XCTAssertEqual(Double(found.bias[output]), sum, accuracy: 1e-5 * Double(samples * rows * columns))
            }
        }
    }
}
