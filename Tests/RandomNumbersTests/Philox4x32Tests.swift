import RandomNumbers
import XCTest

final class Philox4x32Tests: XCTestCase {
    /// The lines `philox4x32 10` of `kat_vectors` in the authors' Random123 1.14.
    func testKnownAnswers() {
        let vectors: [(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, output: SIMD4<UInt32>)] = [
            (SIMD4(0, 0, 0, 0), SIMD2(0, 0), SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
            (
                SIMD4(repeating: .max), SIMD2(repeating: .max),
                SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
            ),
            (
                SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), SIMD2(0xa409_3822, 0x299f_31d0),
                SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
            ),
        ]
        for vector in vectors {
            XCTAssertEqual(Philox4x32.block(counter: vector.counter, key: vector.key), vector.output)
        }
    }

    /// Flipping any one bit of counter or key changes about half of the 128 output bits.
    func testAvalanche() {
        let counter = SIMD4<UInt32>(1, 2, 3, 4)
        let key = SIMD2<UInt32>(5, 6)
        let base = Philox4x32.block(counter: counter, key: key)
        for bit in 0..<192 {
            var (flippedCounter, flippedKey) = (counter, key)
            if bit < 128 { flippedCounter[bit / 32] ^= 1 << UInt32(bit % 32) }
            if bit >= 128 { flippedKey[(bit - 128) / 32] ^= 1 << UInt32(bit % 32) }
            let difference = base ^ Philox4x32.block(counter: flippedCounter, key: flippedKey)
            let changed = (0..<4).reduce(0) { $0 + difference[$1].nonzeroBitCount }
            // Binomial(128, 1/2): mean 64, standard deviation 5.66; five of them either way.
            XCTAssert((36...92).contains(changed), "bit \(bit): \(changed) of 128 output bits changed")
        }
    }
}
