import CKernels
import NeuralNetworkTestSupport
import XCTest

/// The kernels for convolutions of few channels: the same bits with registers of any width, what is not a number kept.
final class ConvolutionKernelTests: XCTestCase {
    private struct Maps {
        var result, sourceGradient, weightGradient, biasGradient: [Float]
    }

    /// - Parameter registers: floats in the widest register that may be used.
    private func run(_ shape: kernels_convolution, registers: Int32, relu: Bool) -> Maps {
        var shape = shape
        shape.registerFloats = registers
        let inputs = Int(shape.blocks * shape.inputChannels * shape.inputRows * shape.inputColumns) * 16
        let outputs = Int(shape.blocks * shape.outputChannels * shape.outputRows * shape.outputColumns) * 16
        let weightCount = Int(shape.outputChannels * shape.inputChannels * shape.kernel * shape.kernel)
        let source = uniform(inputs, in: 1, fill: 501)
        let (weights, bias) = (uniform(weightCount, in: 1, fill: 502), uniform(16, in: 1, fill: 503))
        let gradient = uniform(outputs, in: 1, fill: 504)
        var maps = Maps(
            result: [Float](repeating: 7, count: outputs), sourceGradient: [Float](repeating: 7, count: inputs),
            weightGradient: [Float](repeating: 7, count: weightCount),
            biasGradient: [Float](repeating: 7, count: Int(shape.outputChannels)))
        kernels_convolve(shape, &maps.result, source, weights, bias, relu ? 1 : 0)
        kernels_convolution_data_gradient(shape, &maps.sourceGradient, gradient, weights)
        kernels_convolution_weight_gradient(shape, &maps.weightGradient, &maps.biasGradient, source, gradient)
        return maps
    }

    func testEveryInstructionSetGivesTheSameBits() {
        for (kernel, padding, inputs, outputs, rows, columns) in [
            (3, 1, 3, 9, 5, 6), (5, 2, 1, 6, 6, 14), (5, 0, 6, 16, 6, 9), (3, 2, 2, 7, 1, 2), (5, 4, 4, 3, 3, 5),
        ] as [(Int64, Int64, Int64, Int64, Int64, Int64)] {
            let shape = kernels_convolution(
                blocks: 2, inputChannels: inputs, outputChannels: outputs, inputRows: rows, inputColumns: columns,
                outputRows: rows + 2 * padding - kernel + 1, outputColumns: columns + 2 * padding - kernel + 1,
                kernel: kernel, paddingRows: padding, paddingColumns: padding, registerFloats: 0)
            for relu in [false, true] {
                let expected = run(shape, registers: 4, relu: relu)
                for registers in [8, 16] as [Int32] {
                    let found = run(shape, registers: registers, relu: relu)
                    let name = "\(shape), registers of \(registers)"
                    XCTAssertEqual(bits(found.result), bits(expected.result), name)
                    XCTAssertEqual(bits(found.sourceGradient), bits(expected.sourceGradient), name)
                    XCTAssertEqual(bits(found.weightGradient), bits(expected.weightGradient), name)
                    XCTAssertEqual(bits(found.biasGradient), bits(expected.biasGradient), name)
                }
                XCTAssertEqual(expected.result.contains { $0 < 0 }, !relu)
            }
        }
    }

    func testAReLUKeepsWhatIsNoNumber() {
        let shape = kernels_convolution(
            blocks: 1, inputChannels: 1, outputChannels: 1, inputRows: 1, inputColumns: 1, outputRows: 1,
            outputColumns: 1, kernel: 3, paddingRows: 1, paddingColumns: 1, registerFloats: 16)
        var weights = [Float](repeating: 0, count: 9)
        weights[4] = 1
        let source = [Float.nan, 1, -1, 0, -0.0, .infinity, -.infinity] + [Float](repeating: 3, count: 9)
        for registers in [4, 8, 16] as [Int32] {
            var shape = shape
            shape.registerFloats = registers
            var result = [Float](repeating: 7, count: 16)
            kernels_convolve(shape, &result, source, weights, nil, 1)
            XCTAssertTrue(result[0].isNaN)
            let expected = [1, 0, 0, 0, .infinity, 0] + [Float](repeating: 3, count: 9)
            XCTAssertEqual(bits(Array(result[1...])), bits(expected))
        }
    }
}
