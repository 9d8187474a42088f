import CKernels
import NeuralNetworkTestSupport
import XCTest

/// Each kernel against its definition in plain Swift arithmetic, which is not contracted either: equal to the bit.
final class KernelTests: XCTestCase {
    private let counts = [0, 1, 2, 15, 16, 17, 63, 64, 65, 127, 1001]
    private let offset = 3
    /// Numbers of very different size, so that another order of addition gives another sum.
    private func source(_ number: Int, count: Int) -> [Float] {
        uniform(count, in: 1, fill: UInt64(300 + number)).enumerated().map {
            $1 * [1, 1e4, 1e8, 1e-4][($0 + number) % 4]
        }
    }

    /// A perfect tree over the largest power of two of them, and the same of the rest.
    private func treeSum(_ values: [Float]) -> Float {
        if values.count == 1 { return values[0] }
        var half = 1
        while half * 2 < values.count { half *= 2 }
        return treeSum(Array(values[..<half])) + treeSum(Array(values[half...]))
    }

    func testSumAddsInABinaryTree() {
        for count in counts {
            for sourceCount in [1, 2, 3, 4, 5, 6, 7, 8, 11] {
                let sources = (0..<sourceCount).map { source($0, count: count + 2 * offset) }
                let expected = (0..<count).map { element in treeSum(sources.map { $0[offset + element] }) }
                // Into memory of its own, then into each of the sources.
                for target in -1..<sourceCount {
                    var buffers = sources + [[Float](repeating: -7, count: count + 2 * offset)]
                    let destination = target < 0 ? sourceCount : target
                    let before = buffers[destination]
                    withPointers(&buffers) { pointers in
                        kernels_sum(
                            pointers[destination], pointers.prefix(sourceCount).map { UnsafePointer($0) },
                            Int64(sourceCount), Int64(offset), Int64(count))
                    }
                    let name = "\(count) elements of \(sourceCount) sources into \(target)"
                    XCTAssertEqual(bits(Array(buffers[destination][offset..<offset + count])), bits(expected), name)
                    XCTAssertEqual(buffers[destination].prefix(offset), before.prefix(offset), name)
                    XCTAssertEqual(buffers[destination].suffix(offset), before.suffix(offset), name)
                    for other in 0..<sourceCount where other != destination {
                        XCTAssertEqual(buffers[other], sources[other], name)
                    }
                }
            }
        }
    }

    func testSumOfOneBufferTwice() {
        var values = source(0, count: 65)
        let expected = values.map { $0 + $0 }
        values.withUnsafeMutableBufferPointer { buffer in
            let pointer = UnsafePointer(buffer.baseAddress!)
            kernels_sum(buffer.baseAddress, [pointer, pointer], 2, 0, 65)
        }
        XCTAssertEqual(bits(values), bits(expected))
    }

    private func withPointers(_ buffers: inout [[Float]], _ body: ([UnsafeMutablePointer<Float>]) -> Void) {
        let pointers = buffers.map { buffer in
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: buffer.count)
            pointer.initialize(from: buffer, count: buffer.count)
            return pointer
        }
        body(pointers)
        for index in buffers.indices {
            buffers[index] = Array(UnsafeBufferPointer(start: pointers[index], count: buffers[index].count))
            pointers[index].deallocate()
        }
    }

    /// The documented order: 16 lanes, added from the first to the last; and so within n 2⁻⁵³ of the truth.
    func testSumOfSquares() {
        for count in counts {
            let values = source(1, count: count)
            var lanes = [Double](repeating: 0, count: 16)
            for (index, value) in values.enumerated() { lanes[index % 16] += Double(value) * Double(value) }
            let found = kernels_sum_of_squares(values, Int64(count))
            XCTAssertEqual(found, lanes.reduce(0, +), "\(count) values")

            // In Double a square of floats is exact; the sum is taken with Neumaier's compensation.
            var (sum, compensation) = (0.0, 0.0)
            for value in values {
                let square = Double(value) * Double(value)
                let next = sum + square
                compensation += sum >= square ? (sum - next) + square : (square - next) + sum
                sum = next
            }
            XCTAssertEqual(found, sum + compensation, accuracy: Double(count) * 0x1p-53 * found, "\(count) values")
        }
        // No float square of these is finite or above 0.
        XCTAssertEqual(kernels_sum_of_squares([3e30, 4e30], 2), 2.5e61, accuracy: 1e55)
        XCTAssertEqual(kernels_sum_of_squares([3e-30, 4e-30], 2), 2.5e-59, accuracy: 1e-65)
    }

    func testMask() {
        for count in counts {
            let values = source(2, count: count).enumerated().map { $0 % 5 == 1 ? Float.nan : $1 }
            let keep = (0..<count).map { UInt8($0 % 5 == 1 || $0 % 3 == 0 ? 0 : 1) }
            let expected = zip(values, keep).map { $1 == 1 ? 1.25 * $0 : 0 }
            var found = [Float](repeating: -7, count: count)
            kernels_mask(&found, values, keep, Int64(count), 1.25)
            XCTAssertEqual(bits(found), bits(expected))
            var inPlace = values
            inPlace.withUnsafeMutableBufferPointer {
                kernels_mask($0.baseAddress, $0.baseAddress, keep, Int64(count), 1.25)
            }
            XCTAssertEqual(bits(inPlace), bits(expected))
        }
    }

    /// max(0, x), where what is not a number stays; 0 has no sign.
    func testScaleShiftKeepsWhatIsNoNumber() {
        for block in [8, 16] {
            let values = [Float.nan, -.nan, 1, -1, 0, -0.0, .infinity, -.infinity] + [Float](repeating: 2, count: 8)
            let expected = [Float.nan, -.nan, 1, 0, 0, 0, .infinity, 0] + [Float](repeating: 2, count: 8)
            let shape = kernels_map_shape(
                samples: 1, blocks: Int64(16 / block), pixels: 1, block: Int32(block), isHalf: 0)
            let (ones, zeros) = ([Float](repeating: 1, count: 16), [Float](repeating: 0, count: 16))
            for addend in [nil, zeros] {
                var found = [Float](repeating: 7, count: 16)
                kernels_scale_shift(shape, &found, values, addend, ones, zeros, .infinity)
                for (value, result) in zip(expected, found) {
                    XCTAssertEqual(result.isNaN, value.isNaN)
                    if !value.isNaN { XCTAssertEqual(bits([result]), bits([value])) }
                }
            }
        }
    }

    /// min(max(0, x), 6) and its slope, 0 on both bounds and beyond; what is not a number stays.
    func testScaleShiftClips() {
        let values = [-1, 0, 0.5, 5.75, 6, 6.25, .infinity, .nan, -.infinity] + [Float](repeating: 2, count: 7)
        let expected = [0, 0, 0.5, 5.75, 6, 6, 6, .nan, 0] + [Float](repeating: 2, count: 7)
        let slopes: [Float] = [0, 0, 1, 1, 0, 0, 0, 0, 0] + [Float](repeating: 1, count: 7)
        let (ones, zeros) = ([Float](repeating: 1, count: 16), [Float](repeating: 0, count: 16))
        for block in [8, 16] {
            let shape = kernels_map_shape(
                samples: 1, blocks: Int64(16 / block), pixels: 1, block: Int32(block), isHalf: 0)
            for addend in [nil, zeros] {
                var found = [Float](repeating: 7, count: 16)
                kernels_scale_shift(shape, &found, values, addend, ones, zeros, 6)
                for (value, result) in zip(expected, found) {
                    XCTAssertTrue(result == value || result.isNaN && value.isNaN, "\(result), expected \(value)")
                }
            }
            // Scales and sums are those of the gradient alone where the values are the means.
            var gradient = [Float](repeating: 7, count: 16)
            kernels_normalization_gradient(shape, &gradient, ones, expected, 6, zeros, zeros, ones, zeros, zeros)
            XCTAssertEqual(gradient, slopes)
            for second in [nil, zeros] {
                var (sums, products) = ([Double](repeating: 7, count: 16), [Double](repeating: 7, count: 16))
                kernels_gradient_moments(
                    shape, ones, second, expected, 6, ones, zeros, &gradient, &sums, &products)
                XCTAssertEqual(gradient, slopes)
                XCTAssertEqual(sums, slopes.map(Double.init))
                XCTAssertEqual(products, slopes.map(Double.init))
            }
        }
    }

    /// To the nearest, ties to even, what is not a number kept: with the processor's instruction, if it has it, as without, for
    /// blocks of 8 channels.
    func testRoundingToBFloat16() {
        // Times 1: the bits under the upper 16 decide. A tie to an even and to an odd number, one above, one below; infinity.
        let special: [UInt32] = [
            0x3F80_8000, 0x3F81_8000, 0x3F80_8001, 0x3F80_7FFF, 0x7F7F_FFFF, 0xFF7F_8000, 0x7F7F_7FFF, 0x0080_0000,
            0x8080_8000, 0, 0x8000_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC1_2345, 0x7F81_0000,
        ]
        let factors = special.map { Float(bitPattern: $0) } + uniform(160, in: 3, fill: 77)
        for start in stride(from: 0, to: factors.count, by: 16) {
            let some = Array(factors[start..<start + 16])
            let expected = some.map { factor in
                let bits = (factor * 1).bitPattern
                if factor.isNaN { return UInt16(truncatingIfNeeded: (bits | 0x40_0000) >> 16) }
                return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
            }
            for block in [8, 16] {
                let shape = kernels_map_shape(
                    samples: 1, blocks: Int64(16 / block), pixels: 1, block: Int32(block), isHalf: 1)
                let (ones, zeros) = ([UInt16](repeating: 0x3F80, count: 16), [Float](repeating: -0.0, count: 16))
                var found = [UInt16](repeating: 7, count: 16)
                kernels_scale_shift(shape, &found, ones, nil, some, zeros, 0)
                XCTAssertEqual(found, expected, "\(some), blocks of \(block)")
            }
        }
    }

    /// What is not a number is the largest, wherever it stands; of equals the first wins.
    func testMaxPoolingKeepsWhatIsNoNumber() {
        for (window, expected, winner) in [
            ([1, 2, 2, 0], 2, 1), ([.nan, 1, 2, 3], .nan, 0), ([1, 2, 3, .nan], .nan, 3), ([-1, -2, -3, -1], -1, 0),
        ] as [([Float], Float, UInt8)] {
            for (channels, block) in [(16, 16), (8, 8), (3, 16), (3, 8)] {
                let source = window.flatMap { [Float](repeating: $0, count: channels) }
                var result = [Float](repeating: 7, count: channels)
                var winners = [UInt8](repeating: 9, count: 64)
                let pooling = kernels_pooling(
                    samples: 1, channels: Int64(channels), group: Int64(block),
                    input: .init(sample: Int64(4 * channels), group: Int64(block), pixel: Int64(channels)),
                    output: .init(sample: Int64(channels), group: Int64(block), pixel: Int64(channels)),
                    inputPlanes: 1, inputRows: 2, inputColumns: 2, outputPlanes: 1, outputRows: 1, outputColumns: 1,
                    kernelPlanes: 1, kernelRows: 2, kernelColumns: 2, stridePlanes: 1, strideRows: 2, strideColumns: 2,
                    paddingPlanes: 0, paddingRows: 0, paddingColumns: 0, isInputPadded: 0, isOutputPadded: 0, isHalf: 0)
                kernels_max_pooling(pooling, &result, &winners, source)
                let name = "\(window), \(channels) channels in blocks of \(block)"
                XCTAssertEqual(bits(result), bits([Float](repeating: expected, count: channels)), name)
                XCTAssertEqual(
                    Array(winners[..<min(channels, 3)]), [UInt8](repeating: winner, count: min(channels, 3)), name)
            }
        }
    }
}
