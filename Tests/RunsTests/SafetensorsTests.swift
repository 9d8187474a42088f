import Foundation
import Runs
import TrainingTestSupport
import XCTest

final class SafetensorsTests: XCTestCase {
    private let example = SafetensorsFile(
        tensors: [
            .init(name: "b", shape: [2, 3], values: [1, -2, 0.5, .infinity, 0x1p-140, 0]),
            .init(name: "a", shape: [], values: .float32([7])),
            .init(name: "steps", shape: [1], values: .int64([-3])),
            .init(name: "empty", shape: [4, 0], values: .float64([])),
            .init(name: "rate", shape: [2], values: .float64([0.1, .pi])),
        ],
        metadata: ["quote": "\"\\\n\u{1}", "ü": "é"])

    private func bytes(of file: SafetensorsFile) throws -> [UInt8] {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.safetensors")
        try file.write(to: path)
        XCTAssertEqual(try directory.contents(), ["x.safetensors"])
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func testBytesOfASmallFile() throws {
        let file = SafetensorsFile(
            tensors: [.init(name: "w", shape: [1, 2], values: [1, -2])], metadata: ["format": "pt"])
        let header =
            #"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}} "#
        XCTAssertEqual(header.utf8.count % 8, 0)
        let expected =
            [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
        XCTAssertEqual(try bytes(of: file), expected)
    }

    func testReadsWhatItWrote() throws {
        let file = try SafetensorsFile(bytes: bytes(of: example), path: "x")
        XCTAssertEqual(file.metadata, example.metadata)
        XCTAssertEqual(
            file.tensors.map(\.name), ["empty", "rate", "steps", "a", "b"], "wide types first, then by name")
        for tensor in example.tensors { XCTAssertEqual(file[tensor.name], tensor) }
        XCTAssertNil(file["c"])
        XCTAssertEqual(try bytes(of: SafetensorsFile(tensors: [])).count, 16)
        XCTAssertEqual(try SafetensorsFile(bytes: bytes(of: .init(tensors: [])), path: "x").tensors, [])
    }

    /// Signed zeros, subnormals and the payload of a NaN stay what they are.
    func testBitPatternsAreKept() throws {
        let patterns: [UInt32] = [0x8000_0000, 1, 0x7FC0_1234, 0xFF80_0000, 0x3F80_0001]
        let file = SafetensorsFile(tensors: [
            .init(name: "x", shape: [5], values: patterns.map(Float.init(bitPattern:)))
        ])
        let read = try SafetensorsFile(bytes: bytes(of: file), path: "x")
        guard case .float32(let values)? = read["x"]?.values else { return XCTFail() }
        XCTAssertEqual(values.map(\.bitPattern), patterns)
    }

    // MARK: - Broken files

    private func error(header: String, values: Int = 0, length: UInt64? = nil) -> String {
        var length = length ?? UInt64(header.utf8.count)
        let prefix = withUnsafeBytes(of: &length) { Array($0) }
        do {
            let bytes = prefix + Array(header.utf8) + [UInt8](repeating: 0, count: values)
            return "no error but \(try SafetensorsFile(bytes: bytes, path: "x"))"
        } catch {
            return "\(error)"
        }
    }

    func testErrorsNameWhatIsWrong() {
        func entry(_ shape: String, _ offsets: String, type: String = "F32") -> String {
            #"{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
        }
        XCTAssertEqual(
            error(header: "{}", length: 3), "x: expected a header of at most 2 bytes, found a length of 3")
        XCTAssertEqual(
            error(header: "{}", length: .max),
            "x: expected a header of at most 2 bytes, found a length of 18446744073709551615")
        XCTAssertEqual(error(header: " {}"), "x: expected a JSON header, found none")
        XCTAssertEqual(error(header: "{}", values: 1), "x: expected 0 bytes of values, found 1")
        let cases = [
            (entry("[2]", "[0,7]"), 8, "expected 8 bytes for shape [2], found 7"),
            (entry("[2]", "[0,12]"), 8, "expected values from byte 0 on, within 8, found [0, 12]"),
            (entry("[1]", "[4,8]"), 8, "expected values from byte 0 on, within 8, found [4, 8]"),
            (entry("[1]", "[0,-4]"), 8, "expected values from byte 0 on, within 8, found [0, -4]"),
            (entry("[1]", "[0]"), 8, "expected values from byte 0 on, within 8, found [0]"),
            (entry("[-1,-1]", "[0,4]"), 4, "expected a shape, found [-1, -1]"),
            (
                entry("[4294967296,4294967296]", "[0,0]"), 0,
                "expected a shape, found [4294967296, 4294967296]"
            ),
            (entry("[1]", "[0,2]", type: "F16"), 2, "expected F32, F64 or I64, found \"F16\""),
        ]
        for (entry, values, expected) in cases {
            XCTAssertEqual(error(header: #"{"t":\#(entry)}"#, values: values), "x: tensor \"t\": \(expected)")
        }
        XCTAssertEqual(
            error(header: #"{"t":\#(entry("[2]", "[0,8]")),"u":\#(entry("[1]", "[4,8]"))}"#, values: 8),
            "x: tensor \"u\": expected values from byte 8 on, within 8, found [4, 8]")
        for header in [
            "{", "{\"t\":3}", "{\"t\":{}}", "{\"__metadata__\":{\"a\":1}}",
            "{\"t\":{\"dtype\":\"F32\",\"shape\":[1.5]}}",
        ] {
            let text = error(header: header)
            XCTAssertTrue(text.hasPrefix("x: invalid header: "), text)
            XCTAssertFalse(text.contains("\n"), text)
        }
        let nested = error(header: "{\"t\":" + String(repeating: "[", count: 200_000))
        XCTAssertTrue(nested.hasPrefix("x: invalid header: "), nested)
    }

    func testEveryTruncationIsAnError() throws {
        let bytes = try bytes(of: example)
        for count in bytes.indices {
            XCTAssertThrowsError(try SafetensorsFile(bytes: Array(bytes[..<count]), path: "x"), "\(count) bytes")
        }
        XCTAssertThrowsError(try SafetensorsFile(bytes: bytes + [0], path: "x"))
    }

    /// A changed byte is an error or another file that is as good; never a crash.
    func testMutationsNeverCrash() throws {
        let bytes = try bytes(of: example)
        var random = SplitMix64(state: 7)
        var errors = 0
        for _ in 0..<5000 {
            var mutated = bytes
            for _ in 0...Int(random.next() % 2) {
                mutated[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                let file = try SafetensorsFile(bytes: mutated, path: "x")
                for tensor in file.tensors { XCTAssertEqual(tensor.shape.reduce(1, *), tensor.values.count) }
            } catch {
                errors += 1
                XCTAssertFalse("\(error)".contains("\n"))
            }
        }
        XCTAssertGreaterThan(errors, 2000, "most of the file is header, where few changes are harmless")
    }

    func testFilesThatCannotBeRead() throws {
        let directory = try TemporaryDirectory()
        XCTAssertThrowsError(try SafetensorsFile(path: directory.path)) {
            XCTAssertEqual("\($0)", "\(directory.path): expected a file, found a directory")
        }
        XCTAssertThrowsError(try SafetensorsFile(path: directory.file("none"))) {
            XCTAssertEqual("\($0)", "\(directory.file("none")): cannot read: No such file or directory")
        }
    }
}
