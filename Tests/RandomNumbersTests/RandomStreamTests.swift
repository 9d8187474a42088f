import RandomNumbers
import XCTest

final class RandomStreamTests: XCTestCase {
    func testPlaceOfSeedPurposeStreamAndIndexInTheCounter() {
        let stream = RandomStream(seed: 0x0102_0304_0506_0708, purpose: .dropout, stream: 0x1122_3344_5566)
        let expected = Philox4x32.block(
            counter: SIMD4(0xCCDD_EEFF, 0x8899_AABB, 0x3344_5566, 0x0002_1122), key: SIMD2(0x0506_0708, 0x0102_0304))
        XCTAssertEqual(stream.block(0x8899_AABB_CCDD_EEFF), expected)
    }

    func testPurposesKeepTheirNumbers() {
        XCTAssertEqual(RandomPurpose.allCases.map(\.rawValue), Array(1...11) + [20, 21])
        XCTAssertEqual(RandomPurpose.initialization.rawValue, 1)
        XCTAssertEqual(RandomPurpose.sampleOrder.rawValue, 3)
    }

    func testUniformMomentsAndRange() {
        let stream = RandomStream(seed: 7, purpose: .initialization)
        let count = 100_000
        var (sum, squares, minimum, maximum) = (0.0, 0.0, 1.0, 0.0)
        for index in 0..<UInt64(count) {
            let value = stream.uniformDouble(index)
            (sum, squares) = (sum + value, squares + value * value)
            (minimum, maximum) = (min(minimum, value), max(maximum, value))
        }
        let mean = sum / Double(count)
        XCTAssertEqual(mean, 0.5, accuracy: 5 * (1.0 / 12 / Double(count)).squareRoot())
        XCTAssertEqual(squares / Double(count) - mean * mean, 1.0 / 12, accuracy: 0.002)
        XCTAssert(minimum >= 0 && minimum < 0.001 && maximum < 1 && maximum > 0.999)
        XCTAssertEqual(RandomStream.uniform(.max), 1 - 0x1p-24)
        XCTAssertEqual(RandomStream.uniform(0), 0)
    }

    func testNormalMoments() {
        let stream = RandomStream(seed: 8, purpose: .initialization)
        let count = 200_000
        var moments = [0.0, 0, 0, 0]
        for index in 0..<UInt64(count) {
            var power = 1.0
            let value = stream.normal(index)
            for order in 0..<4 {
                power *= value
                moments[order] += power / Double(count)
            }
        }
        // Standard errors at this count: 1, √2, √15, √96 over √200,000; five of them.
        XCTAssertEqual(moments[0], 0, accuracy: 0.0112)
        XCTAssertEqual(moments[1], 1, accuracy: 0.0159)
        XCTAssertEqual(moments[2], 0, accuracy: 0.0434)
        XCTAssertEqual(moments[3], 3, accuracy: 0.11)
    }

    func testFillsAreTheSingleValues() {
        let stream = RandomStream(seed: 9, purpose: .initialization, stream: 3)
        for count in [0, 1, 2, 3, 4, 5, 8, 13] {
            var uniform = [Float](repeating: -1, count: count)
            var normal = uniform
            var span = uniform.mutableSpan
            stream.fillUniform(&span, firstBlock: 5)
            span = normal.mutableSpan
            stream.fillNormal(&span, standardDeviation: 2, firstBlock: 5)
            for index in 0..<count {
                XCTAssertEqual(uniform[index], stream.uniformFloat(20 + UInt64(index)))
                XCTAssertEqual(normal[index], Float(2 * stream.normal(10 + UInt64(index))))
            }
        }
    }

    func testIntegersAreUniform() {
        let stream = RandomStream(seed: 10, purpose: .holdOut)
        var counts = [Double](repeating: 0, count: 7)
        for index in 0..<70_000 { counts[Int(stream.integer(UInt64(index), below: 7))] += 1 }
        let chiSquared = counts.reduce(0) { $0 + ($1 - 10_000) * ($1 - 10_000) / 10_000 }
        // Six degrees of freedom: 22.46 is exceeded once in a thousand.
        XCTAssertLessThan(chiSquared, 22.46)
    }
}
