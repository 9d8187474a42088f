import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

final class DataSourceTests: XCTestCase {
    private func csv(_ train: String, _ test: CSVFiles.Test) -> any DataFormat {
        CSVFiles(train: train, test: test, format: CSVFormat())
    }

    func testRowsOfOneFile() throws {
        let folder = try TemporaryFolder()
        let rows = (0..<40).map { "\($0),\($0 % 4)" }.joined(separator: "\n")
        let path = try folder.write("t.csv", rows)
        let raw = LoadOptions(standardization: .off)
        let data = try csv("t.csv", .after(trainingRows: 30)).load(root: folder.path + "/", options: raw)
        XCTAssertEqual(batch(data.train, [0, 29]).features, [0, 29])
        XCTAssertEqual(batch(data.test, [0, 9]).features, [30, 39])

        let split = try csv("t.csv", .fraction(0.2)).load(root: folder.path, options: raw)
        let (train, test) = (batch(split.train, Array(0..<32)), batch(split.test, Array(0..<8)))
        XCTAssertEqual((train.features + test.features).sorted(), (0..<40).map(Float.init))
        XCTAssertEqual(test.labels.sorted(), [0, 0, 1, 1, 2, 2, 3, 3])

        var held = raw
        held.validationFraction = 0.25
        let parts = try csv(path, .fraction(0.2)).load(root: nil, options: held)
        XCTAssertEqual([parts.train.count, parts.validation?.count, parts.test.count], [24, 8, 8])
        let all = [parts.train, parts.test, try XCTUnwrap(parts.validation)]
            .flatMap { batch($0, Array(0..<$0.count)).features }
        XCTAssertEqual(all.sorted(), (0..<40).map(Float.init))

        for rows in [0, 40, 41, -1] {
            let error = datasetError { _ = try csv("t.csv", .after(trainingRows: rows)).load(root: folder.path) }
            XCTAssertEqual(error?.code, .invalidOption)
            XCTAssertEqual(error?.subject, path)
        }
    }

    func testMissingRootsAndFiles() throws {
        let source = csv("a/t.csv", .after(trainingRows: 1))
        XCTAssertEqual(
            datasetError { _ = try source.load(root: nil) }?.description,
            "a/t.csv: expected a data root, which this relative path starts from, found none; "
                + "give one by --data DIR or ENTRAIN_DATA")
        let folder = try TemporaryFolder()
        XCTAssertEqual(
            datasetError { _ = try source.load(root: folder.path + "/none") }?.description,
            "\(folder.path)/none: expected the data root, the folder that holds a/t.csv, found no such folder; "
                + "correct --data DIR or ENTRAIN_DATA")
        XCTAssertEqual(
            datasetError { _ = try source.load(root: folder.path) }?.description,
            "\(folder.path)/a/t.csv: expected a file, found none; "
                + "check the name, and the data root given by --data DIR or ENTRAIN_DATA")
        let packed = try folder.write("t.csv.gz", "")
        let error = datasetError { _ = try csv("t.csv", .file("t.csv")).load(root: folder.path) }
        XCTAssertEqual(error?.code, .missing)
        XCTAssertEqual(error?.remedy, "\(packed) is there: name that one")
        XCTAssertEqual(
            datasetError { _ = try csv("", .file("")).load(root: folder.path) }?.description,
            "\(folder.path)/: expected a regular file, found a directory; name a file of the data set")
        // A pipe without a writer would be waited for.
        let pipe = folder.path + "/pipe"
        XCTAssertEqual(mkfifo(pipe, 0o600), 0)
        XCTAssertEqual(
            datasetError { _ = try csv(pipe, .file(pipe)).load(root: nil) }?.found, "a device or a pipe")
    }

    /// Larger than any buffer, compressed and not, so that a file is read in several pieces.
    func testLargeFiles() throws {
        let folder = try TemporaryFolder()
        let pixels = (0..<500 * 784).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
        try folder.write("x", idx([500, 28, 28], pixels))
        try folder.write("x.gz", gzip(idx([500, 28, 28], pixels)))
        try folder.write("y", idx([500], (0..<500).map { UInt8($0 % 10) }))
        let files = IDXFiles(trainImages: "x", trainLabels: "y", testImages: "x.gz", testLabels: "y")
        let data = try files.load(root: folder.path, options: LoadOptions(standardization: .off))
        let (plain, packed) = (batch(data.train, Array(0..<500)), batch(data.test, Array(0..<500)))
        XCTAssertEqual(plain.features, packed.features)
        XCTAssertEqual(plain.features.map { UInt8(($0 * 255).rounded()) }, pixels)

        let text = (0..<30_000).map { "\($0),\(Float($0) / 7),\($0 % 3)\n" }.joined()
        try folder.write("t", text)
        try folder.write("t.gz", gzip(Array(text.utf8)))
        let table = try csv("t", .file("t.gz")).load(root: folder.path, options: LoadOptions(standardization: .off))
        for set in [table.train, table.test] {
            XCTAssertEqual(set.count, 30_000)
            XCTAssertEqual(batch(set, [29_999]).features, [29_999, Float(29_999) / 7])
        }
    }
}
