import DataFilesTestSupport
import Datasets
import XCTest

final class CIFARTests: XCTestCase {
    private func pixel(_ sample: Int, _ channel: Int, _ row: Int, _ column: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: sample * 91 + channel * 57 + row * 5 + column * 3)
    }

    /// Records of CIFAR-10 with these labels.
    private func ten(_ labels: [UInt8]) -> [UInt8] { cifar(labels.map { [$0] }, pixel: pixel) }

    private func read(_ files: [[UInt8]], _ labels: CIFARFiles.Labels = .ten) throws -> ByteDataset {
        let inputs = try files.enumerated().map { try ByteInput(bytes: $1, name: "file\($0 + 1)") }
        return try CIFARFiles.read(inputs, labels: labels)
    }

    private func error(
        _ files: [[UInt8]], _ labels: CIFARFiles.Labels = .ten, file: StaticString = #filePath, line: UInt = #line
    ) -> String {
        datasetError(file: file, line: line) { _ = try read(files, labels) }.map { "\($0.code) \($0)" } ?? ""
    }

    func testSamplesOfOneAndSeveralFiles() throws {
        let labels: [UInt8] = [9, 0, 3, 3, 7]
        let whole = ten(labels)
        let parts = [Array(whole[..<(2 * 3073)]), Array(whole[(2 * 3073)...])]
        for files in [[whole], parts, parts.map(gzip), parts.map(xz), [xz(parts[0]) + xz(parts[1])]] {
            let set = try read(files)
            XCTAssertEqual(set.sampleShape, [3, 32, 32])
            XCTAssertEqual(set.classCount, 10)
            let (features, found) = batch(set, Array(0..<5))
            XCTAssertEqual(found, labels.map(Int32.init))
            var place = 0
            for sample in 0..<5 {
                for channel in 0..<3 {
                    for row in 0..<32 {
                        for column in 0..<32 {
                            let expected = Float(pixel(sample, channel, row, column)) / 255
                            XCTAssertEqual(features[place], expected, accuracy: 1e-7)
                            place += 1
                        }
                    }
                }
            }
            checkLaws(set, "CIFAR-10")
        }
    }

    /// More samples than the block has room for at first.
    func testManyRecords() throws {
        let labels = (0..<1000).map { UInt8($0 % 10) }
        let set = try read([ten(labels), xz(ten(labels))])
        XCTAssertEqual(set.count, 2000)
        for index in [0, 63, 64, 127, 128, 999, 1000, 1999] {
            XCTAssertEqual(set.label(at: index), Int32(index % 10))
            let expected = pixel(index % 1000, 2, 31, 31)
            XCTAssertEqual(batch(set, [index]).features[3071], Float(expected) / 255, accuracy: 1e-7)
        }
    }

    func testFineAndCoarseLabels() throws {
        let file = cifar([[19, 99], [0, 50], [7, 0]], pixel: pixel)
        let fine = try read([file], .fine)
        XCTAssertEqual(fine.classCount, 100)
        XCTAssertEqual((0..<3).map(fine.label(at:)), [99, 50, 0])
        let coarse = try read([gzip(file)], .coarse)
        XCTAssertEqual(coarse.classCount, 20)
        XCTAssertEqual((0..<3).map(coarse.label(at:)), [19, 0, 7])
        XCTAssertEqual(batch(fine, [0, 1, 2]).features, batch(coarse, [0, 1, 2]).features)
        XCTAssertEqual(batch(fine, [2]).features[3071], Float(pixel(2, 2, 31, 31)) / 255, accuracy: 1e-7)
    }

    func testNames() throws {
        let folder = try TemporaryFolder()
        try folder.write("ten", ten([6]))
        try folder.write("hundred", cifar([[1, 2]], pixel: pixel))
        var files = CIFAR10(train: ["ten"], test: ["ten"])
        let data = try files.load(root: folder.path)
        XCTAssertEqual(
            (0..<10).map(data.train.className),
            [
                "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
            ])
        XCTAssertEqual(data.test.classNames, data.train.classNames)
        files.classNames = (0..<10).map { "class \($0)" }
        XCTAssertEqual(try files.load(root: folder.path).test.className(6), "class 6")
        files.classNames = ["a", "b"]
        XCTAssertEqual(
            datasetError { _ = try files.load(root: folder.path) }?.description,
            "class names: expected 10 of them, found 2; name every class of CIFAR-10 once")
        let coarse = CIFAR100(.coarse, train: ["hundred"], test: ["hundred"])
        XCTAssertNil(try coarse.load(root: folder.path).train.classNames)
    }

    func testSizesThatAreNoMultipleOfARecord() {
        let file = ten([1, 2, 3])
        XCTAssertEqual(
            error([file, file.dropLast()]),
            "truncated file2: expected whole records of 3073 bytes, found 3072 bytes of record 3; "
                + "download it again, or give files of the binary version of CIFAR-10")
        XCTAssert(error([xz(file + [4])]).contains("found 1 bytes of record 4;"))
        let hundred = cifar([[1, 2], [3, 4]], pixel: pixel)
        XCTAssert(error([hundred + [5]], .fine).contains("expected whole records of 3074 bytes, found 1 bytes of rec"))
        XCTAssert(error([hundred + [5, 6, 7]], .fine).contains("found 3 bytes of record 3;"))
    }

    func testLabelsOutOfRange() {
        XCTAssertEqual(
            error([ten([1, 9]), ten([3, 10])]),
            "labelOutOfRange file2: expected records of 3073 bytes that begin with a label below 10, found 10 in "
                + "record 2; give files of the binary version of CIFAR-10")
        for labels in [CIFARFiles.Labels.fine, .coarse] {
            XCTAssert(
                error([cifar([[0, 0], [20, 5]], pixel: pixel)], labels).contains("below 20, found 20 in record 2"))
            XCTAssert(error([cifar([[19, 100]], pixel: pixel)], labels).contains("below 100, found 100 in record 1"))
        }
        // A file of the other set, and one that is none of either.
        XCTAssert(error([cifar([[4, 77], [5, 88]], pixel: pixel)]).hasPrefix("labelOutOfRange file1: "))
        XCTAssert(error([ten([1, 2, 3, 4])], .fine).hasPrefix("labelOutOfRange file1: "))
        XCTAssert(error([Array("a picture".utf8)]).hasPrefix("labelOutOfRange file1: "))
    }

    func testFilesThatAreEmptyMissingOrDamaged() throws {
        XCTAssertEqual(
            error([ten([1]), []]),
            "empty file2: expected at least one record of 3073 bytes, found an empty file; download it again")
        XCTAssert(error([xz([])]).hasPrefix("empty file1: "))
        let packed = xz(ten([1, 2]))
        XCTAssert(error([packed.dropLast()]).hasPrefix("truncated file1: expected a whole xz stream"))
        var damaged = packed
        damaged[packed.count / 2] ^= 1
        XCTAssert(error([damaged]).hasPrefix("corruptCompression file1: "))

        let folder = try TemporaryFolder()
        try folder.write("a", ten([1]))
        try folder.write("wrong", ten([11]))
        func sourceError(train: [String], test: [String]) -> String? {
            let source = CIFAR10(train: train, test: test)
            return datasetError { _ = try source.load(root: folder.path) }?.description
        }
        XCTAssertEqual(
            sourceError(train: [], test: ["a"]),
            "training files: expected at least one, found none; name the files of the binary version")
        // What is missing is found before anything is read.
        XCTAssertEqual(
            sourceError(train: ["wrong"], test: ["a", "none"]),
            "\(folder.path)/none: expected a file, found none; "
                + "check the name, and the data root given by --data DIR or ENTRAIN_DATA")
    }
}
