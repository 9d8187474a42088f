import Datasets
import RandomNumbers
import XCTest

final class PermutationTests: XCTestCase {
    private func permutation(_ count: Int, _ seed: UInt64, _ stream: UInt64 = 0) -> Permutation {
        Permutation(count: count, stream: RandomStream(seed: seed, purpose: .sampleOrder, stream: stream))
    }

    func testBijectionForAllSmallCounts() {
        for count in 1...2000 {
            let permutation = permutation(count, UInt64(count))
            var isTaken = [Bool](repeating: false, count: count)
            for position in 0..<count { isTaken[permutation[position]] = true }
            XCTAssert(isTaken.allSatisfy(\.self), "\(count)")
        }
    }

    func testBijectionForLargeCounts() {
        for count in [60_000, (1 << 17) - 1, 1 << 17, (1 << 17) + 1] {
            let permutation = permutation(count, 5)
            var isTaken = [Bool](repeating: false, count: count)
            for position in 0..<count { isTaken[permutation[position]] = true }
            XCTAssert(isTaken.allSatisfy(\.self), "\(count)")
        }
    }

    func testHugeCountsCostNothingAndDoNotRepeat() {
        for count in [1_000_000_000, 1 << 40, Int.max] {
            let permutation = permutation(count, 6)
            let elements = (0..<10_000).map { permutation[$0] } + (1...10_000).map { permutation[count - $0] }
            XCTAssertEqual(Set(elements).count, 20_000, "\(count)")
            XCTAssert(elements.allSatisfy { $0 >= 0 && $0 < count }, "\(count)")
            let mean = elements.reduce(0) { $0 + Double($1) / Double(count) } / 20_000
            XCTAssertEqual(mean, 0.5, accuracy: 5 * (1.0 / 12 / 20_000).squareRoot(), "\(count)")
        }
    }

    func testAllPermutationsOfFourAreEquallyLikely() {
        var counts: [[Int]: Double] = [:]
        for stream in 0..<24_000 {
            let permutation = permutation(4, 7, UInt64(stream))
            counts[(0..<4).map { permutation[$0] }, default: 0] += 1
        }
        XCTAssertEqual(counts.count, 24)
        let chiSquared = counts.values.reduce(0) { $0 + ($1 - 1000) * ($1 - 1000) / 1000 }
        // 23 degrees of freedom: 49.73 is exceeded once in a thousand.
        XCTAssertLessThan(chiSquared, 49.73)
    }

    /// How often each element stands at each position, over many epochs.
    func testEveryElementIsEquallyLikelyAtEveryPosition() {
        for count in [7, 30, 100] {
            let epochs = 100 * count
            var counts = [Double](repeating: 0, count: count * count)
            for epoch in 0..<epochs {
                let permutation = permutation(count, 8, UInt64(epoch))
                for position in 0..<count { counts[position * count + permutation[position]] += 1 }
            }
            let chiSquared = counts.reduce(0) { $0 + ($1 - 100) * ($1 - 100) / 100 }
            // About normal with (count − 1)² degrees of freedom; four standard deviations.
            let freedom = Double((count - 1) * (count - 1))
            XCTAssertLessThan(abs(chiSquared - freedom) / (2 * freedom).squareRoot(), 4, "\(count)")
        }
    }

    /// Two elements whose positions differ in one bit differ in any way with equal chance. 256 is the domain itself, so
    /// that no cycle walking helps: with two or three rounds a half of the difference shows through.
    func testDifferencesOfRelatedPositionsAreUniform() {
        for bit in [1, 128] {
            var counts = [Double](repeating: 0, count: 256)
            for epoch in 0..<25_500 {
                let permutation = permutation(256, 10, UInt64(epoch))
                let position = epoch & 255
                counts[permutation[position] ^ permutation[position ^ bit]] += 1
            }
            XCTAssertEqual(counts[0], 0)
            let chiSquared = counts[1...].reduce(0) { $0 + ($1 - 100) * ($1 - 100) / 100 }
            // 254 degrees of freedom: 328.2 is exceeded once in a thousand.
            XCTAssertLessThan(chiSquared, 328.2, "bit \(bit)")
        }
    }

    /// Neighbours of one epoch are not neighbours in the next, and steps between them have no preferred length.
    func testDifferencesOfNeighboursAreUniform() {
        let count = 1000
        var counts = [Double](repeating: 0, count: 20)
        for epoch in 0..<200 {
            let permutation = permutation(count, 9, UInt64(epoch))
            for position in 1..<count {
                let difference = (permutation[position] - permutation[position - 1] + count) % count
                counts[difference * 20 / count] += 1
            }
        }
        // The difference 0 does not occur.
        let pairs = Double(200 * (count - 1))
        let chiSquared = counts.enumerated().reduce(0) { sum, cell in
            let expected = pairs * (cell.offset == 0 ? 49 : 50) / 999
            return sum + (cell.element - expected) * (cell.element - expected) / expected
        }
        // 19 degrees of freedom: 43.82 is exceeded once in a thousand.
        XCTAssertLessThan(chiSquared, 43.82)
    }
}
