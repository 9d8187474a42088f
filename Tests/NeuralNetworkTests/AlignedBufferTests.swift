import NeuralNetwork
import XCTest

final class AlignedBufferTests: XCTestCase {
    func testMemoryIsAlignedAndZero() throws {
        for count in [0, 1, 15, 16, 12_345] {
            let buffer = try AlignedBuffer(claimingFloats: count)
            XCTAssertEqual(Int(bitPattern: buffer.address) % 64, 0)
            XCTAssertEqual(buffer.floats.count, count)
            XCTAssertTrue(buffer.floats.allSatisfy { $0 == 0 })
        }
    }

    func testMemoryThatThereIsNotIsNamed() {
        // More than a process has addresses.
        XCTAssertThrowsError(try AlignedBuffer(claiming: 1 << 60)) { error in
            let line = "\(error)"
            XCTAssertTrue(
                line.hasPrefix("expected memory for 1152921504606846976 bytes (1099511627776 MiB), found that "), line)
            XCTAssertFalse(line.contains("\n"), line)
        }
        XCTAssertThrowsError(try AlignedBuffer(claimingFloats: .max / 2)) {
            XCTAssertEqual($0 as? MemoryShortage, MemoryShortage(byteCount: .max))
        }
    }
}
