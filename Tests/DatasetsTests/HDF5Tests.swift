import Datasets
import Foundation
import XCTest

/// Data sets of HDF5 files.
final class HDF5Tests: XCTestCase {
    private var golden: String {
        get throws { try XCTUnwrap(Bundle.module.path(forResource: "arrays", ofType: "h5")) }
    }

    override func setUpWithError() throws {
        do {
            _ = try load("images", "labels", .nhwc)
        } catch let error as DatasetError where error.expected.hasPrefix("the HDF5 library") {
            throw XCTSkip("\(error)")
        }
    }

    private func format(_ inputs: String, _ labels: String, _ layout: ArrayLayout? = nil) throws -> HDF5Files {
        let part = HDF5Files.Part(file: try golden, inputs: inputs, labels: labels)
        return HDF5Files(train: part, test: part, layout: layout)
    }

    private func load(
        _ inputs: String, _ labels: String, _ layout: ArrayLayout? = nil, task: DataTask = .classification
    ) throws -> LoadedData {
        try format(inputs, labels, layout).load(
            root: nil, options: LoadOptions(standardization: .off, task: task))
    }

    private func description(_ body: () throws -> Void) throws -> String {
        try XCTUnwrap(datasetError(body)).description.replacingOccurrences(of: golden, with: "FILE")
    }

    func testImagesInOnePieceAndInChunks() throws {
        for name in ["images", "deflated"] {
            let data = try load(name, "labels", .nhwc)
            XCTAssertEqual(data.train.sampleShape, [3, 4, 5])
            let (features, labels) = batch(data.train, Array(0..<12))
            XCTAssertEqual(labels, (0..<12).map { $0 % 3 })
            for index in 0..<12 {
                for (channel, row, column) in [(0, 0, 0), (2, 3, 4), (1, 2, 0)] {
                    let number = ((index * 4 + row) * 5 + column) * 3 + channel
                    XCTAssertEqual(
                        features[index * 60 + (channel * 4 + row) * 5 + column] * 255, Float(number * 37 % 251),
                        accuracy: 1e-4)
                }
            }
            checkLaws(data.train, name)
        }
    }

    func testTypes() throws {
        for name in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u2", "u4", "u8"] {
            let data = try load("tables/\(name)", "labels")
            let expected = (0..<72).map { number in
                let value = Float(number) / 4 - 5
                return name.hasPrefix("f") ? value : name.hasPrefix("u") ? abs(value).rounded(.down) : Float(Int(value))
            }
            XCTAssertEqual(batch(data.train, Array(0..<12)).features, expected, name)
        }
        let data = try load("tables/f4", "tables/targets", task: .regression())
        XCTAssertEqual(data.train.targetScale?.mean ?? 0, 5.5 / 8, accuracy: 1e-12)
    }

    func testPrediction() throws {
        let format = try format("deflated", "labels", .nhwc)
        let data = try format.load(root: nil)
        let options = LoadOptions(
            standardization: .given(try XCTUnwrap(data.standardization)), meaning: data.meaning)
        var reader = try format.reader(of: try golden, options)
        var features: [Float] = []
        while let piece = try reader.next(5) { features += batch(piece, Array(0..<piece.count)).features }
        XCTAssertEqual(features, batch(data.train, Array(0..<12)).features)
    }

    func testWrongNamesAndTypes() throws {
        XCTAssertEqual(
            try description { _ = try load("pictures", "labels") },
            "FILE: expected a data set called pictures, found deflated, images, labels, one, tables/f2, tables/f4, tables/f8, "
                + "tables/i1, tables/i2, tables/i4, tables/i8, tables/targets, … (16); correct the name")
        XCTAssertEqual(
            try description { _ = try load("words", "labels") },
            "FILE:words: expected numbers: integers, or floats of 16, 32 or 64 bits, found another type; convert the data set "
                + "to numbers before it is saved")
        XCTAssertEqual(
            try description { _ = try load("one", "labels") },
            "FILE:one: expected an array of samples, found a single value; name another data set")
        XCTAssertEqual(datasetError { _ = try load("labels", "images") }?.code, .swapped)
    }

    func testDamagedFiles() throws {
        let folder = try TemporaryFolder()
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: golden)))
        let part = HDF5Files.Part(file: "x.h5", inputs: "deflated", labels: "labels")
        let files = HDF5Files(train: part, test: part, layout: .nhwc)
        for length in [0, 7, 8, 100, bytes.count / 2, bytes.count - 1] {
            try folder.write("x.h5", Array(bytes[..<length]))
            XCTAssertNotNil(datasetError { _ = try files.load(root: folder.path) }, "\(length)")
        }
        try folder.write("x.h5", "a,b,c\n")
        XCTAssertEqual(datasetError { _ = try files.load(root: folder.path) }?.expected, "an HDF5 file")
    }

    func testAMissingLibraryIsToldWithItsPackage() {
        XCTAssertEqual(
            HDF5Library.missing(for: "x.h5", ["libhdf5.so.9"]).description,
            "x.h5: expected the HDF5 library, version 1.10 or later (libhdf5.so.9), found none on this machine; install it "
                + "(Debian 12: apt-get install libhdf5-103-1; Fedora: hdf5; Arch: hdf5)")
        XCTAssertNil(HDF5Library.found(among: ["libhdf5-that-is-not-there.so"]))
    }
}
