import Foundation
import Runs
import TrainingTestSupport
import XCTest

final class PNGImageTests: XCTestCase {
    /// Its parts as Python's standard library reads them, which has zlib and the checksum, and the pixels.
    func testAnotherProgramReadsThePixels() throws {
        try XCTSkipUnless(try Python.run("import zlib").status == 0, "\(Python.name) is no Python")
        let folder = try TemporaryDirectory()
        for (width, height, channels) in [(1, 1, 1), (5, 3, 1), (4, 7, 3)] {
            let pixels = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: 37 * $0 + 11) }
            let path = folder.file("\(width)x\(height)x\(channels).png")
            try Data(PNGImage(width: width, height: height, pixels: pixels).bytes).write(to: URL(fileURLWithPath: path))
            let read = try Python.run(
                """
                import struct, sys, zlib
                data = open(sys.argv[1], "rb").read()
                assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
                place, chunks = 8, []
                while place < len(data):
                    size, = struct.unpack(">I", data[place:place + 4])
                    body = data[place + 4:place + 8 + size]
                    assert struct.unpack(">I", data[place + 8 + size:place + 12 + size])[0] == zlib.crc32(body)
                    chunks.append((body[:4], body[4:]))
                    place += 12 + size
                assert [name for name, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
                width, height, depth, color = struct.unpack(">IIBB", chunks[0][1][:10])
                rows = zlib.decompress(chunks[1][1])
                row = len(rows) // height
                assert all(rows[y * row] == 0 for y in range(height))
                print(width, height, depth, color, *[b for y in range(height) for b in rows[y * row + 1:(y + 1) * row]])
                """, path)
            XCTAssertEqual(read.status, 0, read.output)
            let numbers = [width, height, 8, channels == 1 ? 0 : 2] + pixels.map(Int.init)
            XCTAssertEqual(read.output, numbers.map(String.init).joined(separator: " ") + "\n")
        }
    }
}
