import CKernels
import Foundation
import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Loops over arenas and maps give the same bits whichever instruction set they are compiled for, and keep to the limit that
/// the environment or the ranks of a job set.
final class InstructionSetTests: XCTestCase {
    private typealias Buffer = UnsafeMutablePointer<Float>

    private static let sse41: UInt32 = 0x1
    private static let avx2: UInt32 = 0x7

    override func tearDown() { kernels_limit_instruction_sets(.max) }

    /// The bits that a kernel leaves in four arrays, the first of gradients, the others of any numbers.
    private func bitsLeft(count: Int, by kernel: (Buffer, Buffer, Buffer, Buffer) -> Void) -> [[UInt32]] {
        var arrays = (0..<4).map { uniform(count, in: 1, fill: UInt64(900 + $0)) }
        // Squares, which an optimizer takes the root of.
        arrays[2] = arrays[2].map(abs)
        let buffers = arrays.map { array in
            let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
            _ = buffer.initialize(from: array)
            return buffer
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        kernel(
            buffers[0].baseAddress!, buffers[1].baseAddress!, buffers[2].baseAddress!, buffers[3].baseAddress!)
        return buffers.map { $0.map(\.bitPattern) }
    }

    /// Every kernel without a choice of registers, on `count` numbers.
    private func kernels(count: Int) -> [(name: String, run: (Buffer, Buffer, Buffer, Buffer) -> Void)] {
        let n = Int64(count)
        let factors = kernels_adam_factors(
            meanShare: 0.1, squareDecay: 0.999, squareShare: 0.001, stepSize: 0.01, squareCorrection: 0.3,
            epsilon: 1e-8, weightDecay: 1e-3, shrinkage: 0.999)
        let free = kernels_schedule_free_factors(
            rate: 0.1, iterateStep: 0.02, weight: 0.3, weightDecay: 1e-3, squareDecay: 0.999, squareShare: 0.001,
            squareCorrection: 0.3, epsilon: 1e-8)
        let prodigy = kernels_prodigy_factors(
            meanDecay: 0.9, meanShare: 0.01, squareDecay: 0.999, squareShare: 1e-3, sumDecay: 0.99, sumShare: 0.2)
        func withSums(_ place: Buffer, _ run: (UnsafeMutablePointer<Double>) -> Void) {
            place.withMemoryRebound(to: Double.self, capacity: 3, run)
        }
        let labels = (0..<count).map { Int32($0 % 3) }
        let units = 37
        let rows = Int64(count / units)
        let shape = kernels_channels(
            samples: rows, channels: 7, pixels: 5, group: 7,
            strides: kernels_strides(sample: Int64(units), group: 7, pixel: 7), isHalf: 0)
        return [
            ("sum of 2", { g, a, _, c in kernels_sum(c, [UnsafePointer(g), UnsafePointer(a)], 2, 0, n) }),
            (
                "sum of 3",
                { g, a, b, c in
                    kernels_sum(c, [UnsafePointer(g), UnsafePointer(a), UnsafePointer(b)], 3, 0, n)
                }
            ),
            (
                "compress",
                { g, a, _, c in c.withMemoryRebound(to: UInt16.self, capacity: count) { kernels_compress($0, g, a, n) }
                }
            ),
            (
                "expand",
                { g, _, _, c in g.withMemoryRebound(to: UInt16.self, capacity: count) { kernels_expand(c, $0, n) } }
            ),
            (
                "sum of squares",
                { g, _, _, c in
                    c.withMemoryRebound(to: Double.self, capacity: 1) { $0[0] = kernels_sum_of_squares(g, n) }
                }
            ),
            (
                "hash",
                { g, _, _, c in c.withMemoryRebound(to: UInt64.self, capacity: 1) { $0[0] = kernels_hash(g, n) } }
            ),
            (
                "mask",
                { g, a, _, c in
                    g.withMemoryRebound(to: UInt8.self, capacity: count) { kernels_mask(c, a, $0, n, 1.25) }
                }
            ),
            ("sgd", { g, _, _, p in kernels_sgd(p, nil, g, n, 0.1, 0, 1e-3, 0, 0.7) }),
            ("momentum", { g, v, _, p in kernels_sgd(p, v, g, n, 0.1, 0.9, 1e-3, 0, 0.7) }),
            ("nesterov", { g, v, _, p in kernels_sgd(p, v, g, n, 0.1, 0.9, 1e-3, 1, 0.7) }),
            ("adam", { g, m, s, p in kernels_adam(p, m, s, g, n, factors, 0.7) }),
            ("lamb", { g, m, s, p in kernels_lamb_direction(p, m, s, g, n, factors, 0.7) }),
            (
                "rmsprop",
                { g, _, s, p in kernels_rmsprop(p, s, nil, nil, g, n, 0.01, 0.9, 0.1, 1e-8, 0, 1e-3, 0.7) }
            ),
            (
                "rmsprop, momentum",
                { g, v, s, p in kernels_rmsprop(p, s, v, nil, g, n, 0.01, 0.9, 0.1, 1e-8, 0.9, 1e-3, 0.7) }
            ),
            (
                "rmsprop, centered",
                { g, m, s, p in kernels_rmsprop(p, s, nil, m, g, n, 0.01, 0.9, 0.1, 1e-8, 0, 1e-3, 0.7) }
            ),
            ("adagrad", { g, _, s, p in kernels_adagrad(p, s, g, n, 0.1, 0.1, 1e-8, 1e-3, 0.7) }),
            ("lars", { g, v, _, p in kernels_lars(p, v, g, n, 0.1, 0.9, 1e-3, 0.7) }),
            ("schedule-free sgd", { g, z, _, p in kernels_schedule_free_sgd(p, z, g, n, free, 0.7) }),
            ("schedule-free adamw", { g, z, s, p in kernels_schedule_free_adamw(p, z, s, g, n, free, 0.7) }),
            ("interpolate", { g, a, _, c in kernels_interpolate(c, g, a, n, -0.1) }),
            ("momo direction", { g, d, b, p in withSums(b) { kernels_momo_direction(p, d, g, n, 0.9, 0.1, 0.7, $0) } }),
            ("momo", { _, d, _, p in kernels_momo(p, d, n, 0.1, 0.99) }),
            ("distances", { g, a, b, p in withSums(b) { kernels_distances(p, a, g, n, 1e-3, 0.7, $0) } }),
            (
                "prodigy moments",
                { g, m, s, p in
                    var (start, sum) = (Array(repeating: Float(0.3), count: count), [Float](repeating: 0, count: count))
                    var sums = [0.0, 0.0]
                    kernels_prodigy_moments(p, &start, m, s, &sum, g, n, prodigy, 0.7, &sums)
                    for index in 0..<count { p[index] = sum[index] }
                    withSums(g) { for index in 0..<2 { $0[index] = sums[index] } }
                }
            ),
            ("prodigy", { _, m, s, p in kernels_prodigy(p, m, s, n, 0.1, 1e-8, 0.99) }),
            ("pixel means", { g, _, _, c in kernels_pixel_means(shape, c, g) }),
            (
                "class sums",
                { g, _, _, c in
                    var sums = [Int64](repeating: 0, count: 3 * units)
                    kernels_add_to_class_sums(g, labels, rows, Int64(units), &sums)
                    for (index, sum) in sums.enumerated() {
                        c[index] = Float(bitPattern: UInt32(truncatingIfNeeded: sum))
                    }
                }
            ),
            (
                "nearest means",
                { g, a, b, c in
                    c.withMemoryRebound(to: Int32.self, capacity: count) {
                        kernels_nearest_means(g, rows, Int64(units), a, b, 3, $0)
                    }
                }
            ),
        ]
    }

    func testEveryInstructionSetGivesTheSameBits() {
        for count in [111, 1001] {
            for (name, run) in kernels(count: count) {
                kernels_limit_instruction_sets(0)
                let baseline = bitsLeft(count: count, by: run)
                for sets in [Self.avx2, .max] {
                    kernels_limit_instruction_sets(sets)
                    XCTAssertEqual(bitsLeft(count: count, by: run), baseline, "\(name) of \(count), sets \(sets)")
                }
            }
        }
    }

    func testALimitHoldsUntilTheNext() {
        let all = kernels_instruction_sets()
        for sets in [0, Self.sse41, Self.avx2] {
            kernels_limit_instruction_sets(sets)
            XCTAssertEqual(kernels_instruction_sets(), all & sets)
        }
        kernels_limit_instruction_sets(.max)
        XCTAssertEqual(kernels_instruction_sets(), all)
    }

    func testTheEnvironmentLimitsBothLibraries() {
        let environment = ProcessInfo.processInfo.environment
        let sets = kernels_instruction_sets()
        switch environment["DNNL_MAX_CPU_ISA"] {
        case "SSE41":
            XCTAssertEqual(sets & ~Self.sse41, 0)
            XCTAssertEqual(Processor.instructionSet, "SSE4.1")
        case "AVX2":
            XCTAssertEqual(sets & ~Self.avx2, 0)
            XCTAssertEqual(Processor.instructionSet, "AVX2")
        default:
            #if arch(x86_64)
                XCTAssertNotEqual(sets, 0)
            #endif
        }
    }
}
