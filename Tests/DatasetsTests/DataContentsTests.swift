import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Data taken apart and presented from a copy of their bytes.
final class DataContentsTests: XCTestCase {
    /// Data of every kind of set, whole and in views.
    private func everyKind(_ folder: TemporaryFolder) throws -> [(name: String, data: LoadedData)] {
        try folder.write("images", idx([40, 3, 5], (0..<600).map { UInt8(truncatingIfNeeded: $0 * 31) }))
        try folder.write("labels", idx([40], (0..<40).map { UInt8($0 * 3 % 4) }))
        try folder.write(
            "cifar", cifar((0..<20).map { [UInt8($0 % 10)] }) { UInt8(truncatingIfNeeded: $0 * 7 + $1 * 50 + $2 * $3) })
        let rows = (0..<50).map { "\(Double($0) / 7),\($0 * $0 % 13),3,class \($0 % 3)" }.joined(separator: "\n")
        try folder.write("table", "x,y,z,class\n" + rows)
        let table = CSVFormat()
        let gaps = (0..<50).map {
            "\($0 % 9 == 0 ? "?" : "\($0)"),\(["red", "blue"][$0 / 3 % 2]),\($0 % 7 == 0 ? "" : "4"),class \($0 % 3)"
        }
        try folder.write("gaps", "x,y,z,class\n" + gaps.joined(separator: "\n"))
        var encoded = CSVFormat()
        (encoded.missing, encoded.missingIndicator) = (.mean, true)
        let sources: [(String, any DataFormat)] = [
            ("digits", EmbeddedDigits()),
            (
                "idx",
                IDXFiles(
                    trainImages: "images", trainLabels: "labels", testImages: "images", testLabels: "labels",
                    classNames: ["a", "b", "c", "d"])
            ),
            ("cifar", CIFAR10(train: ["cifar", "cifar"], test: ["cifar"])),
            ("table of two files", CSVFiles(train: "table", test: .file("table"), format: table)),
            ("table cut", CSVFiles(train: "table", test: .after(trainingRows: 33), format: table)),
            ("table split", CSVFiles(train: "table", test: .fraction(0.3), format: table)),
            ("table with an encoding", CSVFiles(train: "gaps", test: .fraction(0.3), format: encoded)),
        ]
        var all: [(String, LoadedData)] = []
        for (name, source) in sources {
            for choice in [Standardization.Choice.fromTraining, .off] {
                for held in [0, 0.2] {
                    let options = LoadOptions(standardization: choice, validationFraction: held, seed: 5)
                    all.append(
                        ("\(name), \(choice), \(held) held", try source.load(root: folder.path, options: options)))
                }
            }
        }
        return all
    }

    func testDataInACopyOfTheirBytesAreTheSame() throws {
        for (name, data) in try everyKind(TemporaryFolder()) {
            let contents = try XCTUnwrap(data.contents, name)
            let sent = try JSONDecoder().decode(DataContents.self, from: JSONEncoder().encode(contents))
            XCTAssertEqual(sent, contents, name)
            let memory = Memory(contents.byteCount)
            data.copySamples(to: memory.bytes)
            let copy = try sent.data(in: UnsafeRawBufferPointer(memory.bytes), of: memory)
            XCTAssertEqual(copy.standardization, data.standardization, name)
            XCTAssertEqual(copy.columns, data.columns, name)
            XCTAssertEqual(copy.columns?.features, name.hasPrefix("table") ? ["x", "y", "z"] : nil, name)
            XCTAssertEqual(copy.meaning, data.meaning, name)
            XCTAssertEqual(copy.encoding != nil, name.contains("encoding"), name)
            XCTAssertEqual(copy.missing, data.missing, name)
            XCTAssertEqual(copy.warnings, data.warnings, name)
            XCTAssertEqual(copy.validation == nil, data.validation == nil, name)
            assertSame(data.train, copy.train, name)
            assertSame(data.test, copy.test, name)
            if let own = data.validation, let other = copy.validation { assertSame(own, other, name) }
        }
    }

    /// What is in the bytes is not held a second time: other bytes are other samples.
    func testSamplesAreReadWhereTheyLie() throws {
        for (name, data) in try everyKind(TemporaryFolder()) where data.validation == nil {
            let contents = try XCTUnwrap(data.contents, name)
            let memory = Memory(contents.byteCount)
            data.copySamples(to: memory.bytes)
            let copy = try contents.data(in: UnsafeRawBufferPointer(memory.bytes), of: memory)
            XCTAssertNotEqual(batch(copy.train, [0]).features, batch(copy.train, [1]).features, name)
            memory.bytes.initializeMemory(as: UInt8.self, repeating: 0)
            for dataset in [copy.train, copy.test] {
                let first = batch(dataset, [0])
                for index in 1..<dataset.count {
                    XCTAssertEqual(batch(dataset, [index]).features, first.features, name)
                    XCTAssertEqual(dataset.label(at: index), 0, name)
                }
            }
        }
    }

    /// Training and test rows of one table are one block, whatever selects them.
    func testAViewTakesNoBytesBesideItsSet() throws {
        let folder = try TemporaryFolder()
        try folder.write("table", (0..<50).map { "\($0),\($0 % 3)" }.joined(separator: "\n"))
        let cut = try CSVFiles(train: "table", test: .after(trainingRows: 30), format: CSVFormat()).load(
            root: folder.path)
        // 50 floats, 50 labels, each to the end of its cache line.
        XCTAssertEqual(cut.contents?.byteCount, 256 + 256)
        XCTAssertEqual(cut.byteCount, 256 + 256)
    }

    func testComputedDataHaveNoContents() throws {
        let set = SyntheticSet(
            sampleShape: [4], classCount: 2, trainCount: 1_000_000, testCount: 10, noise: 0.5)
        let data = try set.load(root: nil)
        XCTAssertNil(data.contents)
        // Templates, and a bank of noise in which a sample can begin at 2^18 places.
        XCTAssertEqual(data.byteCount, 4 * (2 * 4 + (1 << 18) + 4))
    }

    private func assertSame(_ own: any Dataset, _ other: any Dataset, _ name: String, line: UInt = #line) {
        XCTAssertEqual(own.count, other.count, name, line: line)
        XCTAssertEqual(own.sampleShape, other.sampleShape, name, line: line)
        XCTAssertEqual(own.classCount, other.classCount, name, line: line)
        XCTAssertEqual(own.classNames, other.classNames, name, line: line)
        XCTAssertEqual(own.standardization, other.standardization, name, line: line)
        let (first, second) = (batch(own, Array(0..<own.count)), batch(other, Array(0..<other.count)))
        XCTAssertEqual(first.features.map(\.bitPattern), second.features.map(\.bitPattern), name, line: line)
        XCTAssertEqual(first.labels, second.labels, name, line: line)
    }
}

/// Bytes on a cache line, as a shared window has them.
private final class Memory {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }

    deinit { bytes.deallocate() }
}
