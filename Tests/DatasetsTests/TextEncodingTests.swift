import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Text is decoded without loss or refused, and what is no text, or another file than it is given for, is told as what it is.
final class TextEncodingTests: XCTestCase {
    private func table(_ bytes: [UInt8], _ format: CSVFormat = CSVFormat()) throws -> CSVTable {
        try CSVTable(ByteInput(bytes: bytes, name: "t.csv"), format: format)
    }

    private func error(_ bytes: [UInt8], _ format: CSVFormat = CSVFormat()) -> String {
        datasetError { _ = try table(bytes, format) }?.description ?? ""
    }

    private func encoded(_ text: String, _ encoding: String.Encoding) throws -> [UInt8] {
        try Array(XCTUnwrap(text.data(using: encoding)))
    }

    private let animals = "a,b,kind\n1,2,кот\n2,3,лев\n3,4,пёс\n"

    func testTextThatIsNotUTF8() throws {
        let latin = try encoded("a,b,kind\n1,2,Lund\n1,2,Göteborg\n1,2,Gäteborg\n", .isoLatin1)
        XCTAssertEqual(
            error(latin),
            "t.csv:3: expected text in UTF-8, found the byte 0xF6; name its encoding with data.csv.encoding, such as latin1 or "
                + "windows-1251, or save it as UTF-8")
        XCTAssertEqual(
            try table(latin, CSVFormat(encoding: "latin1")).dataset().classNames, ["Gäteborg", "Göteborg", "Lund"])
        // Lines that end in CR, quoted ones too.
        XCTAssert(error(Array("1,2,\"a\rb\"\r\n1,2,".utf8) + [0xFF, 0x0D]).hasPrefix("t.csv:3: "))
        // Cut within a character, encoded at greater length than need be, half of a pair of UTF-16.
        for bytes in [[0xD0], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80]] as [[UInt8]] {
            XCTAssert(error(Array("1,2,".utf8) + bytes).hasPrefix("t.csv:1: expected text in UTF-8, "), "\(bytes)")
        }
    }

    func testEncodings() throws {
        let cyrillic = try encoded(animals, .windowsCP1251)
        for name in ["windows-1251", "CP1251"] {
            XCTAssertEqual(
                try table(cyrillic, CSVFormat(encoding: name)).dataset().classNames, ["кот", "лев", "пёс"], name)
        }
        let wide = [0xFF, 0xFE] + (try encoded(animals, .utf16LittleEndian))
        XCTAssertEqual(try table(wide, CSVFormat(encoding: "utf-16")).dataset().classNames, ["кот", "лев", "пёс"])
        // More than fits into one piece of the converter.
        let long = try encoded(animals + String(repeating: "4,5,пёс\n", count: 30_000), .windowsCP1251)
        XCTAssertEqual(try table(long, CSVFormat(encoding: "windows-1251")).dataset().count, 30_003)
        // A byte that the encoding does not have is not made up.
        XCTAssertEqual(
            error(Array("1,2,a\n1,2,".utf8) + [0x98], CSVFormat(encoding: "windows-1251")),
            "t.csv:2: expected text in windows-1251, found the byte 0x98, which it does not have there; correct data.csv.encoding"
        )
        XCTAssert(
            error(Array("1,2,a\n1,2,".utf8) + [0xE3, 0x81], CSVFormat(encoding: "utf-8")).contains(
                "found the byte 0xE3, which"))
        for name in ["klingon", "ascii//TRANSLIT", "ascii//IGNORE", "", "ascii,ignore"] {
            XCTAssert(
                error(Array(animals.utf8), CSVFormat(encoding: name)).hasPrefix(
                    "data.csv.encoding: expected an encoding that this system's iconv knows (see iconv --list), found"),
                name
            )
        }
    }

    func testZeroBytes() {
        XCTAssertEqual(
            error(Array("1,2,a\n1,2,b\n1,2\0,c\n".utf8)),
            "t.csv:3: expected text, found a zero byte; export the table again as text")
    }

    /// The beginnings of files of other kinds, and what they are told as.
    private func others() throws -> [(bytes: [UInt8], name: String)] {
        func zip(_ name: String) -> [UInt8] {
            Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 22) + [UInt8(name.utf8.count), 0, 0, 0]
                + Array(name.utf8) + [7, 9]
        }
        let tar = Array("data/t.csv".utf8) + [UInt8](repeating: 0, count: 247) + Array("ustar".utf8) + [0]
        return [
            (zip("t.csv"), "a zip archive"), (zip("x.npy"), "a zip archive, as an NPZ file is"),
            (zip("xl/workbook.xml"), "an Excel or other Office document (a zip archive)"),
            (Array("BZh91AY&SY".utf8) + [1, 2, 3], "a file compressed with bzip2"),
            (Array("PAR1".utf8) + [0x15, 4, 0x15], "a Parquet file"), (tar, "a tar archive"),
            (gzip(tar), "a tar archive"), (zstd(tar), "a tar archive"),
            ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), "an HDF5 file"), ([0x80, 4, 0x95, 1], "a pickle of Python"),
            (Array("\n<!DOCTYPE html>\n<html>".utf8), "a page of HTML"), (Array("<HTML><head>".utf8), "a page of HTML"),
            (Array("<?xml version=\"1.0\"?>".utf8), "an XML document"),
            (Array("version https://git-lfs.github.com/spec/v1\n".utf8), "a pointer of Git LFS, not the file itself"),
            ([0xFF, 0xFE] + (try encoded(animals, .utf16LittleEndian)), "text in UTF-16"),
            ([0xFE, 0xFF] + (try encoded(animals, .utf16BigEndian)), "text in UTF-16"),
            (try encoded("1.5,2,a\n2.5,3,b\n", .utf16LittleEndian), "text in UTF-16 (little-endian)"),
            (try encoded("1.5,2,a\n2.5,3,b\n", .utf16BigEndian), "text in UTF-16 (big-endian)"),
        ]
    }

    func testFilesOfOtherKinds() throws {
        let good = npy("|u1", [3], [0, 1, 2])
        for (bytes, name) in try others() {
            XCTAssert(error(bytes).contains("found \(name); "), "\(name): \(error(bytes))")
            let array = datasetError {
                _ = try NPYPart(
                    features: ByteInput(bytes: bytes, name: "x"), labels: ByteInput(bytes: good, name: "y"),
                    classCount: nil)
            }
            XCTAssertEqual(array?.found, name)
            let images = datasetError {
                _ = try IDXFiles.read(
                    images: ByteInput(bytes: bytes, name: "x"),
                    labels: ByteInput(bytes: idx([1], [0]), name: "y"), classCount: nil)
            }
            XCTAssertEqual(images?.found, name)
            // Records have no mark of their own: only what cannot be one is looked at.
            if bytes[0] >= 10, !bytes.starts(with: [0x1F, 0x8B]) {
                let records = datasetError {
                    _ = try CIFARFiles.read([ByteInput(bytes: bytes, name: "x")], labels: .ten)
                }
                XCTAssertEqual(name == "text in UTF-16 (big-endian)" ? name : records?.found, name)
            }
        }
        XCTAssertEqual(
            error(Array("PK\u{3}\u{4}....".utf8)),
            "t.csv: expected a table of text, plain or compressed with gzip, xz or zstd, found a zip archive; export or unpack the "
                + "table as text")
    }

    /// Tables that begin like another kind of file, but are not.
    func testTablesThatLookLikeNone() throws {
        for text in [
            "PAR1,2,a\n1,2,b\n", "BZh9,x,a\n1,2,b\n", "ORC,x,a\n1,2,b\n", "<5,x,a\n1,2,b\n", "GIF,x,a\n1,2,b\n",
        ] {
            XCTAssertEqual(try table(Array(text.utf8), CSVFormat(header: .present)).dataset().count, 1, text)
        }
        // Letters of two bytes, of which a zero is none.
        XCTAssertEqual(try table(Array("1,2,ж\n1,2,ж\n".utf8)).dataset().classCount, 1)
    }
}
