import DataFilesTestSupport
import Datasets
import XCTest

final class IDXTests: XCTestCase {
    private let pixels = (0..<6 * 4).map { UInt8($0 * 10) }
    private let labels: [UInt8] = [0, 2, 1, 0, 2, 1]

    private func read(_ images: [UInt8], _ labels: [UInt8], classes: Int? = nil) throws -> ByteDataset {
        try IDXFiles.read(
            images: ByteInput(bytes: images, name: "images"), labels: ByteInput(bytes: labels, name: "labels"),
            classCount: classes)
    }

    private func error(
        _ images: [UInt8], _ labels: [UInt8], classes: Int? = nil, file: StaticString = #filePath, line: UInt = #line
    ) -> String {
        let error = datasetError(file: file, line: line) { _ = try read(images, labels, classes: classes) }
        return error.map { "\($0.code) \($0)" } ?? ""
    }

    func testShapesPlainAndCompressed() throws {
        for (dimensions, shape) in [([6, 4], [4]), ([6, 2, 2], [1, 2, 2]), ([6, 2, 1, 2], [2, 1, 2])] {
            for pack in [{ $0 }, gzip, { zstd($0) }] {
                let set = try read(pack(idx(dimensions, pixels)), pack(idx([6], labels)))
                XCTAssertEqual(set.sampleShape, shape)
                XCTAssertEqual(set.count, 6)
                XCTAssertEqual(set.classCount, 3)
                let scale: Float = shape.count == 1 ? 1 : 255
                let (features, found) = batch(set, [3, 0])
                XCTAssertEqual(found, [0, 0])
                for (feature, value) in zip(features, [120, 130, 140, 150, 0, 10, 20, 30]) {
                    XCTAssertEqual(feature, Float(value) / scale, accuracy: 1e-7)
                }
                checkLaws(set, "\(dimensions)")
            }
        }
    }

    func testSeveralGzipMembersAreOneFile() throws {
        let file = idx([6, 2, 2], pixels)
        let set = try read(gzip(Array(file[..<19])) + gzip(Array(file[19...])), idx([6], labels))
        XCTAssertEqual(batch(set, [5]).features[3], Float(230) / 255, accuracy: 1e-7)
    }

    func testSwappedFilesAreNamedAsSuch() {
        XCTAssertEqual(
            error(idx([6], labels), idx([6, 2, 2], pixels)),
            "swapped labels: expected labels (1 dimension), found a file of images (3 dimensions); "
                + "exchange the files of images and labels")
        XCTAssertEqual(
            error(idx([6], labels), idx([6], labels)),
            "swapped images: expected images (2 to 4 dimensions), found a file of labels (1 dimension); "
                + "exchange the files of images and labels")
    }

    func testLabelsOfTwoDimensions() {
        let images = idx([6, 2, 2], pixels)
        XCTAssertEqual(
            error(images, idx([6, 2], [0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0])),
            "wrongShape labels: expected labels that are integers, [N], found one-hot labels of 2 classes; save "
                + "labels.argmax(axis=1), which are integers")
        XCTAssert(
            error(images, idx([6, 1], labels)).contains("found a column of them, [6, 1]; save labels.reshape(-1)"))
        XCTAssert(error(images, idx([6, 2], [UInt8](0..<12))).hasPrefix("swapped labels: "))
    }

    func testWrongFormats() {
        let good = idx([6], labels)
        XCTAssert(error([], good).hasPrefix("empty images: expected an IDX file, found fewer than the 4 bytes"))
        XCTAssert(error([0, 0, 8], good).hasPrefix("empty images: "))
        XCTAssertEqual(
            error([0, 0, 0x0D, 3] + [UInt8](repeating: 0, count: 40), good),
            "wrongFormat images: expected an IDX file of unsigned bytes (magic number 0x0000080N), "
                + "found IDX elements of type 32-bit float; give an IDX file, plain or compressed with gzip, xz or zstd"
        )
        XCTAssert(error(Array("1,2,3\n".utf8), good).contains("found magic number 0x312c322c;"))
        let deep = error(idx([1, 1, 1, 1, 1], [0]), good)
        XCTAssert(deep.hasPrefix("wrongShape images: expected 2 to 4 dimensions, found 5"))
    }

    func testSizesThatCannotBe() {
        let good = idx([6], labels)
        let most = Int(UInt32.max)
        XCTAssert(error(idx([most, most, most], []), good).hasPrefix("wrongShape images: "))
        XCTAssert(error(idx([6, 0, 2], []), good).hasPrefix("wrongShape images: "))
        XCTAssert(error(idx([0, 2, 2], []), good).hasPrefix("empty images: expected at least one sample"))
        // Fits into 63 bits, not into the file; must be found out before memory is asked for.
        XCTAssert(error(idx([most, 60_000, 30_000], pixels), good).hasPrefix("truncated images: "))
        XCTAssert(error(gzip(idx([most, 60_000, 30_000], pixels)), good).hasPrefix("truncated images: "))
    }

    func testTruncationAndTrailingBytes() {
        let images = idx([6, 2, 2], pixels)
        let good = idx([6], labels)
        XCTAssertEqual(
            error(images.dropLast(1), good),
            "truncated images: expected 24 elements (6 x 2 x 2), found a file of 39 stored bytes; download it again")
        XCTAssertEqual(
            error(gzip(images.dropLast(5)), good),
            "truncated images: expected 24 elements (6 x 2 x 2), found 19; download it again")
        XCTAssert(error(Array(images[..<10]), good).hasPrefix("truncated images: expected the sizes of 3 dimensions"))
        XCTAssert(error(images + [0], good).hasPrefix("trailingBytes images: expected the end of the file after 24"))
        XCTAssert(error(gzip(images + [0]), good).hasPrefix("trailingBytes images: "))
        XCTAssert(error(images, good + [1]).hasPrefix("trailingBytes labels: "))
    }

    func testDamagedCompression() {
        let good = idx([6], labels)
        let packed = gzip(idx([6, 2, 2], pixels))
        // The last eight bytes are the checksum and the length (RFC 1952, section 2.3.1).
        var wrong = packed
        wrong[wrong.count - 8] ^= 1
        XCTAssert(error(wrong, good).hasPrefix("corruptCompression images: "), error(wrong, good))
        XCTAssert(error(wrong, good).contains("incorrect data check"))
        wrong = packed
        wrong[wrong.count - 1] ^= 1
        XCTAssert(error(wrong, good).contains("incorrect length check"))
        for count in 2..<packed.count {
            let message = error(Array(packed[..<count]), good)
            XCTAssert(message.hasPrefix("truncated images: expected a whole gzip stream"), "\(count): \(message)")
        }
        XCTAssert(error(packed + [7], good).hasPrefix("trailingBytes images: "))
    }

    func testLabelsAgainstImagesAndClasses() {
        let images = idx([6, 2, 2], pixels)
        XCTAssertEqual(
            error(images, idx([5], Array(labels[..<5]))),
            "countMismatch labels: expected 6 labels, one for each sample of images, found 5; "
                + "give images and labels of one part of one data set")
        XCTAssertEqual(
            error(images, idx([6], labels), classes: 2),
            "labelOutOfRange labels: expected labels below the number of classes, 2, found label 2 of sample 1; "
                + "give the labels of the same data set, or name all its classes")
    }

    func testFilesMustBelongTogether() throws {
        let folder = try TemporaryFolder()
        try folder.write("x", gzip(idx([6, 2, 2], pixels)))
        try folder.write("y", idx([6], labels))
        try folder.write("wide", idx([6, 1, 4], pixels))
        try folder.write("more", idx([6], labels.map { $0 + 1 }))
        let files = IDXFiles(trainImages: "x", trainLabels: "y", testImages: "x", testLabels: "y")
        let data = try files.load(root: folder.path)
        XCTAssertEqual(data.train.count, 6)
        XCTAssertNil(data.train.classNames)
        checkLaws(data.train, "from files")

        var other = files
        other.testImages = "wide"
        XCTAssertEqual(
            datasetError { _ = try other.load(root: folder.path) }?.description,
            "\(folder.path)/wide: expected samples of 1 x 2 x 2 like those of x, found 1 x 1 x 4; "
                + "give training and test files of one data set")
        other = files
        other.testLabels = "more"
        XCTAssertEqual(datasetError { _ = try other.load(root: folder.path) }?.code, .labelOutOfRange)
        other = files
        other.classNames = ["a", "b", "c", "d"]
        let named = try other.load(root: folder.path)
        XCTAssertEqual(named.test.classCount, 4)
        XCTAssertEqual(named.test.className(3), "d")
    }
}
