import DataFilesTestSupport
import Datasets
import Foundation
import RandomNumbers
import XCTest

/// Damaged files end with a typed error or are read as something valid; never with a crash. `ENTRAIN_MUTATIONS=100` reads a
/// hundred times as many.
final class MutationTests: XCTestCase {
    private let images = idx([12, 3, 3], (0..<108).map { UInt8($0 * 2) })
    private let labels = idx([12], (0..<12).map { UInt8($0 % 3) })
    private let text = Array("id,\"a b\",c,kind\n1,2.5,-3e2,x\n2,0.25,7,\"y\"\"z\"\r\n3,1,.5,x\n\n".utf8)
    private let format = CSVFormat(ignored: [.index(0)])

    /// `bytes` with bits flipped, bytes replaced, taken out or put in, or cut short.
    private func mutant(_ bytes: [UInt8], _ stream: RandomStream) -> [UInt8] {
        var (bytes, drawn) = (bytes, UInt64(0))
        func draw(_ bound: Int) -> Int {
            drawn += 1
            return Int(stream.integer(drawn, below: UInt64(bound)))
        }
        for _ in 0...draw(4) where !bytes.isEmpty {
            let place = draw(bytes.count)
            switch draw(5) {
            case 0: bytes[place] ^= 1 << UInt8(draw(8))
            case 1: bytes[place] = UInt8(draw(256))
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(UInt8(draw(256)), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }

    private let factor = ProcessInfo.processInfo.environment["ENTRAIN_MUTATIONS"].flatMap { Int($0) } ?? 1

    /// Reads `count` mutants, or as many times more as asked for; gives how many of `count` were refused.
    ///
    /// - Parameter kind: what they are mutants of; told with their number where more are asked for.
    private func refused(
        _ kind: String, _ bytes: [UInt8], count: Int, stream: UInt64, read: ([UInt8]) throws -> any Dataset
    ) -> Int {
        let all = (0..<factor * count).count { number in
            let stream = RandomStream(seed: stream, purpose: .syntheticSample, stream: UInt64(number))
            do {
                let set = try read(mutant(bytes, stream))
                let (features, labels) = batch(set, Array(0..<min(set.count, 50)))
                XCTAssert(features.allSatisfy(\.isFinite))
                XCTAssert(labels.allSatisfy { $0 >= 0 && $0 < set.classCount })
                return false
            } catch {
                XCTAssert(error is DatasetError, "\(error)")
                XCTAssertFalse("\(error)".contains("\n"), "\(error)")
                return true
            }
        }
        if factor > 1 { print("mutations: \(kind): \(factor * count) inputs, \(all) refused") }
        return all / factor
    }

    private func readIDX(_ images: [UInt8], _ labels: [UInt8]) throws -> any Dataset {
        try IDXFiles.read(
            images: ByteInput(bytes: images, name: "images"), labels: ByteInput(bytes: labels, name: "labels"),
            classCount: 3)
    }

    func testImages() {
        let refused = refused("IDX images", images, count: 2000, stream: 1) { try readIDX($0, labels) }
        // Bytes of the images may have any value; everything else is noticed.
        XCTAssert((1000..<2000).contains(refused), "\(refused)")
    }

    func testLabels() {
        let refused = refused("IDX labels", labels, count: 2000, stream: 2) { try readIDX(images, $0) }
        XCTAssert((1500..<2000).contains(refused), "\(refused)")
    }

    func testCompressedImages() {
        let refused = refused("IDX images, gzip", gzip(images), count: 2000, stream: 3) { try readIDX($0, labels) }
        // All but a change of the header's time, system and extra flags, which mean nothing.
        XCTAssert((1700..<2000).contains(refused), "\(refused)")
    }

    private let records = cifar([[1, 30], [19, 99], [0, 0]]) { UInt8(truncatingIfNeeded: $0 &* 7 &+ $1 &+ $2 &* $3) }

    private func readRecords(_ records: [UInt8]) throws -> any Dataset {
        try CIFARFiles.read([ByteInput(bytes: records, name: "records")], labels: .fine)
    }

    func testRecords() {
        let refused = refused("CIFAR", records, count: 300, stream: 6, read: readRecords)
        // Pixels may have any value; labels and the length may not.
        XCTAssert((100..<300).contains(refused), "\(refused)")
    }

    func testCompressedRecords() {
        let packed = xz(records)
        let refused = refused("CIFAR, xz", packed, count: 1000, stream: 7, read: readRecords)
        // All but a byte that was replaced by its own value.
        XCTAssert((980...1000).contains(refused), "\(refused)")
    }

    private let reals = npy("<f4", [12, 3], littleEndian((0..<36).map { (Float($0) / 8 - 2).bitPattern }))
    private let arrayLabels = npy("<i2", [12], littleEndian((0..<12).map { Int16($0 % 3) }))

    private func readArrays(_ features: [UInt8], _ labels: [UInt8]) throws -> any Dataset {
        try NPYPart(
            features: ByteInput(bytes: features, name: "features"), labels: ByteInput(bytes: labels, name: "labels"),
            classCount: nil
        ).dataset()
    }

    func testArrays() {
        let refused = refused("NPY features", reals, count: 2000, stream: 8) { try readArrays($0, arrayLabels) }
        // Numbers may have any finite value, and the header any number of spaces.
        XCTAssert((1000..<2000).contains(refused), "\(refused)")
    }

    func testLabelsOfArrays() {
        let refused = refused("NPY labels", arrayLabels, count: 2000, stream: 9) { try readArrays(reals, $0) }
        XCTAssert((1000..<2000).contains(refused), "\(refused)")
    }

    func testCompressedArrays() {
        let packed = [("gzip", gzip(reals)), ("xz", xz(reals)), ("zstd", zstd(reals))]
        for (index, (name, bytes)) in packed.enumerated() {
            let refused = refused("NPY features, \(name)", bytes, count: 1000, stream: 10 + UInt64(index)) {
                try readArrays($0, arrayLabels)
            }
            XCTAssert((850...1000).contains(refused), "\(refused)")
        }
    }

    func testImageFiles() throws {
        let form = ImageForm(height: 5, width: 4, pixelLimit: 1 << 16)
        let files = try ImageGolden.load().files.filter {
            ["JPEG 4:2:0", "JPEG progressive", "JPEG inks", "JPEG orientation 7", "PNG colour", "PNG palette"]
                .contains($0.name)
        }
        XCTAssertEqual(files.count, 6)
        for (index, file) in files.enumerated() {
            // A file of one image becomes an archive around it.
            let refused = refused(file.name, [UInt8](file.file), count: 500, stream: 20 + UInt64(index)) { bytes in
                try ImageSet.read(
                    shard: ByteInput(bytes: tar([("a.jpg", bytes), ("a.cls", [0x61])]), name: "archive"), form)
            }
            // All of a PNG has a checksum; of a JPEG many changes make another image.
            XCTAssert(
                (file.name.hasPrefix("PNG") ? 450...500 : 100...500).contains(refused), "\(file.name): \(refused)")
        }
    }

    func testArchives() throws {
        let image = png((0..<27).map { UInt8($0) }, width: 3, height: 3)
        let archive = tar([
            ("a.png", image), ("a.cls", [0x61]), (String(repeating: "b/", count: 60) + "b.png", image),
            (String(repeating: "b/", count: 60) + "b.json", Array(#"{"cls": 1}"#.utf8)),
        ])
        let refused = refused("tar", archive, count: 1000, stream: 30) { bytes in
            try ImageSet.read(
                shard: ByteInput(bytes: bytes, name: "archive"), ImageForm(height: 2, width: 2, corrupt: .skip))
        }
        XCTAssert((200..<1000).contains(refused), "\(refused)")
    }

    func testTables() {
        let refused = refused("CSV", text, count: 3000, stream: 4) {
            try CSVTable(ByteInput(bytes: $0, name: "table"), format: format).dataset()
        }
        XCTAssert((1000..<3000).contains(refused), "\(refused)")
    }

    func testTablesWithCategoriesAndMissingValues() {
        let text = "id,size,color,grade,kind\n1,2.5,red,3,x\n2,?,blue,1,\"y\"\"z\"\r\n3,1,,2,x\n\n4,1,\"red\",,x\n"
        for (index, missing) in CSVFormat.MissingValues.allCases.enumerated() {
            var format = format
            format.categorical = [.index(3)]
            (format.missing, format.missingIndicator) = (missing, true)
            let refused = refused("CSV, \(missing)", Array(text.utf8), count: 1000, stream: 16 + UInt64(index)) {
                try CSVTable(ByteInput(bytes: $0, name: "table"), format: format).dataset()
            }
            XCTAssert((missing == .refuse ? 900...1000 : 200...900).contains(refused), "\(missing): \(refused)")
        }
    }

    func testTablesInOtherEncodings() {
        for (index, encoding) in ["latin1", "utf-16", "shift_jis"].enumerated() {
            let format = CSVFormat(ignored: [.index(0)], encoding: encoding)
            let bytes = encoding == "utf-16" ? text.flatMap { [$0, 0] } : text
            let refused = refused("CSV, \(encoding)", bytes, count: 1000, stream: 12 + UInt64(index)) {
                try CSVTable(ByteInput(bytes: $0, name: "table"), format: format).dataset()
            }
            XCTAssert((300..<1000).contains(refused), "\(encoding): \(refused)")
        }
    }

    func testOneHotLabels() {
        let labels = npy(
            "<f4", [12, 3], littleEndian((0..<36).map { ($0 % 3 == $0 / 3 % 3 ? 1 : 0 as Float).bitPattern }))
        // What is refused when it is whole cannot be read when it is damaged, but for a header that says something else.
        let refused = refused("NPY, one-hot labels", labels, count: 1000, stream: 15) { try readArrays(reals, $0) }
        XCTAssertGreaterThan(refused, 990)
    }

    func testCompressedTables() {
        let refused = refused("CSV, gzip", gzip(text), count: 1000, stream: 5) {
            try CSVTable(ByteInput(bytes: $0, name: "table"), format: format).dataset()
        }
        XCTAssert((800..<1000).contains(refused), "\(refused)")
    }
}
