import DataFilesTestSupport
import Datasets
import XCTest

/// What a file's bytes are turned into, whatever it is compressed with.
final class ByteInputTests: XCTestCase {
    /// Neither constant nor random, so that compression has something to do.
    private let contents = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 9) }

    private func read(_ stored: [UInt8]) throws -> [UInt8] {
        try ByteInput(bytes: stored, name: "file").readToEnd()
    }

    private func error(_ stored: [UInt8], file: StaticString = #filePath, line: UInt = #line) -> String {
        datasetError(file: file, line: line) { _ = try read(stored) }.map { "\($0.code) \($0)" } ?? ""
    }

    func testContentsAreThoseThatWereCompressed() throws {
        let folder = try TemporaryFolder()
        for (format, stored) in [
            ("plain", contents), ("gzip", gzip(contents)), ("xz", xz(contents)), ("zstd", zstd(contents)),
        ] {
            XCTAssertEqual(try read(stored), contents, format)
            let path = try folder.write(format, stored)
            XCTAssertEqual(try ByteInput(path: path).readToEnd(), contents, format)
            XCTAssertEqual(try ByteInput(path: path).isCompressed, format != "plain")
        }
        XCTAssertEqual(try read(xz([])), [])
        XCTAssertEqual(try read(zstd([])), [])
    }

    func testPiecesOfAnySizeAreTheContents() throws {
        for stored in [contents, gzip(contents), xz(contents), zstd(contents)] {
            let input = try ByteInput(bytes: stored, name: "file")
            var found: [UInt8] = []
            for size in [1, 0, 2, 3072, 1, 70_000] + [Int](repeating: 100_000, count: 4) {
                found += try [UInt8](unsafeUninitializedCapacity: size) {
                    $1 = try input.read(into: UnsafeMutableRawBufferPointer($0))
                }
            }
            XCTAssertEqual(found, contents)
        }
    }

    func testSeveralStreamsAreOneFile() throws {
        let (first, second) = (Array(contents[..<1234]), Array(contents[1234..<5000]))
        XCTAssertEqual(try read(gzip(first) + gzip(second)), first + second)
        XCTAssertEqual(try read(xz(first) + xz(second)), first + second)
        // Padding is of whole words of four zero bytes.
        let padding = [UInt8](repeating: 0, count: 8)
        XCTAssertEqual(try read(xz(first) + padding + xz(second) + padding), first + second)
        XCTAssertEqual(try read(zstd(first) + zstd(second)), first + second)
        let skipped = zstd(skipping: Array("a note".utf8))
        XCTAssertEqual(
            try read(skipped + zstd(first) + skipped + skipped + zstd(second) + skipped), first + second)
        XCTAssertEqual(try read(skipped), [])
        for (stored, code) in [
            (xz(first) + padding.dropLast(), "corruptCompression"),
            (xz(first) + Array("longer than a header".utf8), "corruptCompression"),
            // What could still become a header.
            (xz(first) + Array("more".utf8), "truncated"),
            (gzip(first) + Array("more".utf8), "trailingBytes"),
            (zstd(first) + Array("more".utf8), "trailingBytes"),
            (zstd(first) + [0, 0, 0, 0], "trailingBytes"),
        ] { XCTAssert(error(stored).hasPrefix("\(code) file: "), error(stored)) }
    }

    func testTruncatedStreams() {
        let piece = Array(contents[..<600])
        for (format, packed, first) in [
            ("xz", xz(piece), 6), ("zstd", zstd(piece), 4), ("zstd", zstd(skipping: piece), 4),
        ] {
            // With fewer bytes than those that tell the format it is a plain file.
            for count in first..<packed.count {
                XCTAssertEqual(
                    error(Array(packed[..<count])),
                    "truncated file: expected a whole \(format) stream, found its end after \(count) stored bytes; "
                        + "download it again")
            }
        }
    }

    func testEveryDamagedByteIsNoticed() throws {
        let piece = Array(contents[..<600])
        // One bit of the header of a frame means nothing.
        for (format, packed, first, bit) in [("xz", xz(piece), 6, 4), ("zstd", zstd(piece), 4, 3)] {
            for place in first..<packed.count {
                var damaged = packed
                damaged[place] ^= 1 << UInt8(bit)
                let message = error(damaged)
                XCTAssert(
                    message.hasPrefix("corruptCompression file: expected an intact \(format) stream, found ")
                        || message.hasPrefix("truncated file: expected a whole \(format) stream")
                        // A header that asks for too large a window.
                        || message.hasPrefix("unreadable file: expected zstd data that take at most 128 MiB"),
                    "\(place): \(message)")
            }
        }
    }

    func testMemoryOfTheDecoderIsLimited() throws {
        // 192 MiB, and 256 MiB besides what the decoder itself takes.
        XCTAssertEqual(try read(xz(contents, dictionaryCode: 31)), contents)
        XCTAssertEqual(
            error(xz(contents, dictionaryCode: 32)),
            "unreadable file: expected xz data that take at most 256 MiB to decompress, found data that take "
                + "257 MiB; compress it again, with less memory")
        let piece = Array(contents[..<600])
        XCTAssertEqual(try read(zstd(storing: piece, windowLog: 27)), piece)
        XCTAssertEqual(
            error(zstd(storing: piece, windowLog: 28)),
            "unreadable file: expected zstd data that take at most 128 MiB to decompress, found data that take more; "
                + "compress it again, with less memory")
    }

    func testNothingExpandsBeyondTheLargestCount() throws {
        let zeros = [UInt8](repeating: 0, count: 1 << 26)
        for stored in [zeros, gzip(zeros), xz(zeros), zstd(zeros)] {
            let largest = try ByteInput(bytes: stored, name: "file").largestCount
            XCTAssertGreaterThanOrEqual(largest, zeros.count)
            XCTAssertLessThanOrEqual(largest, zeros.count * 2)
        }
    }

    func testAMissingFileThatIsThereInAnotherForm() throws {
        let folder = try TemporaryFolder()
        for (missing, present) in [("a.xz", "a"), ("b", "b.xz"), ("c.gz", "c.xz"), ("d.xz", "d.gz"), ("e", "e.zst")] {
            let path = try folder.write(present, contents)
            let error = datasetError { _ = try ByteInput(path: "\(folder.path)/\(missing)") }
            XCTAssertEqual(error?.code, .missing)
            XCTAssertEqual(error?.remedy, "\(path) is there: name that one")
        }
    }
}
