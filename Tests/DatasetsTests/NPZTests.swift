import CZlib
import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Arrays in archives of `numpy.savez`.
final class NPZTests: XCTestCase {
    private let folder = Result { try TemporaryFolder() }

    /// What NumPy 2 writes of x_train, [4, 2, 3] bytes 0, 10, 20 …, and y_train, [0, 1, 2, 1]: stored and deflated.
    private static let ofNumPy = [
        "UEsDBC0AAAAAAAAAIQAJcJLP//////////8LABQAeF90cmFpbi5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7"
            + "J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICg0LCAyLCAzKSwgfSAgICAgICAgICAg"
            + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAoUHigyPEZQWmRueIKMlqCqtL7I0tzmUEsD"
            + "BC0AAAAAAAAAIQC+xP+T//////////8LABQAeV90cmFpbi5ucHkBABAAoAAAAAAAAACgAAAAAAAAAJNOVU1QWQEAdgB7J2Rl"
            + "c2NyJzogJzxpOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICg0LCksIH0gICAgICAgICAgICAgICAgICAg"
            + "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAABAAAAAAAAAAIAAAAAAAAAAQAAAAAA"
            + "AABQSwECLQMtAAAAAAAAACEACXCSz5gAAACYAAAACwAAAAAAAAAAAAAAgAEAAAAAeF90cmFpbi5ucHlQSwECLQMtAAAAAAAA"
            + "ACEAvsT/k6AAAACgAAAACwAAAAAAAAAAAAAAgAHVAAAAeV90cmFpbi5ucHlQSwUGAAAAAAIAAgByAAAAsgEAAAAA",
        "UEsDBC0AAAAIAAAAIQAJcJLP//////////8LABQAeF90cmFpbi5ucHkBABAAmAAAAAAAAABiAAAAAAAAAJvsF+obEMnIUMZQ"
            + "rZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6CkY6CsaaOgq1CuQBLgYuETkNIxu3gKiU"
            + "vIqmnmkLVm3Zd+LSnWcAUEsDBC0AAAAIAAAAIQC+xP+T//////////8LABQAeV90cmFpbi5ucHkBABAAoAAAAAAAAABMAAAA"
            + "AAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6mjoKtQoUAC4G"
            + "KGCE0kxofABQSwECLQMtAAAACAAAACEACXCSz2IAAACYAAAACwAAAAAAAAAAAAAAgAEAAAAAeF90cmFpbi5ucHlQSwECLQMt"
            + "AAAACAAAACEAvsT/k0wAAACgAAAACwAAAAAAAAAAAAAAgAGfAAAAeV90cmFpbi5ucHlQSwUGAAAAAAIAAgByAAAAKAEAAAAA",
    ]

    private func load(_ features: String, _ labels: String) throws -> LoadedData {
        try NPYFiles(trainFeatures: features, trainLabels: labels, testFeatures: features, testLabels: labels).load(
            root: folder.get().path, options: LoadOptions(standardization: .off))
    }

    func testArchivesOfNumPy() throws {
        for text in Self.ofNumPy {
            let bytes = [UInt8](try XCTUnwrap(Data(base64Encoded: text)))
            try folder.get().write("a.npz", bytes)
            let data = try load("a.npz:x_train", "a.npz:y_train.npy")
            XCTAssertEqual(data.train.sampleShape, [1, 2, 3])
            let found = batch(data.train, [0, 1, 2, 3])
            XCTAssertEqual(found.features.map { Int(($0 * 255).rounded()) }, (0..<24).map { $0 * 10 })
            XCTAssertEqual(found.labels, [0, 1, 2, 1])

            let path = try folder.get().path
            XCTAssertEqual(
                datasetError { _ = try load("a.npz:x", "a.npz:y_train") }?.description,
                "\(path)/a.npz: expected an array called x, found x_train, y_train; name one, as in a.npz:x_train")
            XCTAssertEqual(
                datasetError { _ = try load("a.npz", "a.npz:y_train") }?.expected,
                "the name of one of its arrays behind a colon")
            XCTAssertEqual(datasetError { _ = try load("b.npz:x", "a.npz:y_train") }?.code, .missing)

            // Every byte of an array is held against the checksum.
            var damaged = bytes
            let place = try XCTUnwrap(
                bytes.indices.first {
                    bytes[$0...].starts(with: [0x9B, 0xEC]) || bytes[$0...].starts(with: [10, 20, 30])
                })
            damaged[place + 1] ^= 1
            try folder.get().write("d.npz", damaged)
            XCTAssertNotNil(datasetError { _ = try load("d.npz:x_train", "a.npz:y_train") })
            for length in stride(from: 0, to: bytes.count, by: 7) {
                try folder.get().write("t.npz", Array(bytes[..<length]))
                XCTAssertNotNil(datasetError { _ = try load("t.npz:x_train", "a.npz:y_train") }, "\(length)")
            }
        }
    }

    /// Arrays much larger than what is read at once, and one that becomes much larger.
    func testLargeMembers() throws {
        let count = 200_000
        let constant = npy("|u1", [count, 3], [UInt8](repeating: 7, count: 3 * count))
        let varied = npy("|u1", [count, 3], (0..<3 * count).map { UInt8(truncatingIfNeeded: ($0 &* $0) >> 3) })
        let labels = npy("|u1", [count], (0..<count).map { UInt8($0 % 2) })
        for isDeflated in [false, true] {
            try folder.get().write(
                "a.npz",
                zip([("c.npy", constant), ("v.npy", varied), ("l.npy", labels)], isDeflated: isDeflated))
            for (name, array) in [("c", constant), ("v", varied)] {
                let set = try load("a.npz:\(name)", "a.npz:l").train
                XCTAssertEqual(set.count, count)
                XCTAssertEqual(
                    batch(set, [0, count - 1]).features, (array[128..<131] + array.suffix(3)).map(Float.init))
            }
        }
        // The only array needs no name; and an archive is told what else is wrong with it.
        try folder.get().write("one.npz", zip([("arr_0.npy", labels)], isDeflated: true))
        try folder.get().write("x.npy", varied)
        XCTAssertEqual(try load("x.npy", "one.npz").train.label(at: 3), 1)
        try folder.get().write("none.npz", zip([("a.txt", [1])], isDeflated: false))
        XCTAssertEqual(datasetError { _ = try load("none.npz", "one.npz") }?.found, "no array")
        try folder.get().write("no.npz", [UInt8]("something else that is long enough".utf8))
        XCTAssertEqual(datasetError { _ = try load("no.npz", "one.npz") }?.code, .wrongFormat)
    }

    /// A member that claims more or less than it has.
    func testSizesAndChecksums() throws {
        let array = npy("|u1", [4, 3], (0..<12).map { UInt8($0) })
        try folder.get().write("y.npy", npy("|u1", [4], [0, 1, 0, 1]))
        for isDeflated in [false, true] {
            for (size, check) in [(array.count + 1, 0), (array.count - 1, 0), (array.count, 1)] {
                try folder.get().write(
                    "a.npz", zip([("x.npy", array)], isDeflated: isDeflated, claimed: size, damage: UInt32(check)))
                XCTAssertEqual(
                    datasetError { _ = try load("a.npz:x", "y.npy") }?.code, .corruptCompression,
                    "\(isDeflated), \(size), \(check)")
            }
        }
    }

    /// A zip archive.
    private func zip(
        _ files: [(name: String, bytes: [UInt8])], isDeflated: Bool, claimed: Int? = nil, damage: UInt32 = 0
    ) -> [UInt8] {
        var archive: [UInt8] = []
        var directory: [UInt8] = []
        for (name, bytes) in files {
            let stored = isDeflated ? Array(gzip(bytes).dropFirst(10).dropLast(8)) : bytes
            let check = UInt32(crc32_z(0, bytes, bytes.count)) ^ damage
            let fields =
                littleEndian([UInt16(20), 0, isDeflated ? 8 : 0, 0, 0])
                + littleEndian([check, UInt32(stored.count), UInt32(claimed ?? bytes.count)])
                + littleEndian([UInt16(name.utf8.count), 0])
            directory +=
                [0x50, 0x4B, 1, 2, 20, 0] + fields + littleEndian([UInt16(0), 0, 0]) + littleEndian([UInt32(0)])
                + littleEndian([UInt32(archive.count)]) + name.utf8
            archive += [0x50, 0x4B, 3, 4] + fields + name.utf8 + stored
        }
        let count = UInt16(files.count)
        return archive + directory + [0x50, 0x4B, 5, 6] + littleEndian([UInt16(0), 0, count, count])
            + littleEndian([UInt32(directory.count), UInt32(archive.count)]) + [0, 0]
    }
}
