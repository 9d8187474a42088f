import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

final class NPYTests: XCTestCase {
    private let pixels = (0..<6 * 4).map { UInt8($0 * 10) }
    private let labels = npy("|u1", [6], [0, 2, 1, 0, 2, 1])

    private func read(_ features: [UInt8], _ labels: [UInt8], classes: Int? = nil) throws -> any Dataset {
        try NPYPart(
            features: ByteInput(bytes: features, name: "x.npy"), labels: ByteInput(bytes: labels, name: "y.npy"),
            classCount: classes
        ).dataset()
    }

    private func error(
        _ features: [UInt8], _ labels: [UInt8], classes: Int? = nil, file: StaticString = #filePath,
        line: UInt = #line
    ) -> String {
        let error = datasetError(file: file, line: line) { _ = try read(features, labels, classes: classes) }
        return error.map { "\($0.code) \($0)" } ?? ""
    }

    func testShapesVersionsPlainAndCompressed() throws {
        for (dimensions, shape) in [
            ([6, 4], [4]), ([6, 2, 2], [1, 2, 2]), ([6, 2, 1, 2], [2, 1, 2]), ([6, 2, 1, 2, 1], [2, 1, 2, 1]),
        ] {
            for version in [1, 2, 3] as [UInt8] {
                for pack in [{ $0 }, gzip, { xz($0) }, { zstd($0) }] {
                    let set = try read(pack(npy("|u1", dimensions, pixels, version: version)), pack(labels))
                    XCTAssertEqual(set.sampleShape, shape)
                    XCTAssertEqual([set.count, set.classCount], [6, 3])
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
    }

    func testTypesInBothOrders() throws {
        let numbers: [Int] = [-128, -1, 0, 1, 2, 127]
        let natural: [Int] = [0, 1, 2, 3, 127, 255]
        func bits(_ values: [Int], _ code: Character) -> [[UInt8]] {
            values.map { value in
                switch code {
                case "1": littleEndian([Int8(truncatingIfNeeded: value)])
                case "2": littleEndian([Int16(value)])
                case "4": littleEndian([Int32(value)])
                default: littleEndian([Int64(value)])
                }
            }
        }
        var cases: [(type: String, elements: [[UInt8]], values: [Float])] = []
        for code in "1248" as String {
            cases.append(("i\(code)", bits(numbers, code), numbers.map(Float.init)))
            cases.append(("u\(code)", bits(natural, code), natural.map(Float.init)))
        }
        let reals: [Float] = [-2.5, -0.0, 0.1, 1, 6.5e4, 3e38]
        cases.append(("f4", reals.map { littleEndian([$0.bitPattern]) }, reals))
        cases.append(("f8", reals.map { littleEndian([Double($0).bitPattern]) }, reals))
        // Binary16: the largest, the smallest normal, the smallest, minus zero, minus two, a third.
        let halves: [UInt16] = [0x7BFF, 0x0400, 0x0001, 0x8000, 0xC000, 0x3555]
        cases.append(
            ("f2", halves.map { littleEndian([$0]) }, [65504, 0x1p-14, 0x1p-24, -0.0, -2, 0.333251953125]))
        for (type, elements, values) in cases {
            for (order, bytes) in [("<", elements), (">", elements.map { $0.reversed() })] {
                let set = try read(npy(order + type, [6, 1], bytes.flatMap(\.self)), labels)
                XCTAssertEqual(
                    batch(set, Array(0..<6)).features.map(\.bitPattern), values.map(\.bitPattern), order + type)
            }
        }
        // Labels of all types of integers.
        for code in "1248" as String {
            for kind in ["i", "u"] {
                let bytes = bits([0, 2, 1, 0, 2, 1], code)
                for (order, bytes) in [("<", bytes), (">", bytes.map { $0.reversed() })] {
                    let set = try read(
                        npy("|u1", [6, 4], pixels), npy(order + kind + "\(code)", [6], bytes.flatMap(\.self)))
                    XCTAssertEqual(batch(set, Array(0..<6)).labels, [0, 2, 1, 0, 2, 1], order + kind + "\(code)")
                }
            }
        }
    }

    /// Bytes come to the same bits whatever the format they are kept in.
    func testImagesAreThoseOfIDX() throws {
        let folder = try TemporaryFolder()
        try folder.write("x", idx([6, 2, 2], pixels))
        try folder.write("y", idx([6], [0, 2, 1, 0, 2, 1]))
        try folder.write("x.npy", npy("|u1", [6, 2, 2], pixels))
        try folder.write("y.npy", npy("<i8", [6], littleEndian([0, 2, 1, 0, 2, 1] as [Int64])))
        let files = IDXFiles(trainImages: "x", trainLabels: "y", testImages: "x", testLabels: "y")
        let arrays = NPYFiles(
            trainFeatures: "x.npy", trainLabels: "y.npy", testFeatures: "x.npy", testLabels: "y.npy")
        let (one, other) = (
            try files.load(root: folder.path), try arrays.load(root: folder.path)
        )
        XCTAssertEqual(one.standardization, other.standardization)
        XCTAssertEqual(batch(one.train, Array(0..<6)).features, batch(other.train, Array(0..<6)).features)
        XCTAssertEqual(batch(one.test, Array(0..<6)).labels, batch(other.test, Array(0..<6)).labels)
    }

    func testChannelsOfRealImagesAreStandardized() throws {
        let folder = try TemporaryFolder()
        // Two channels of three pixels, the second constant.
        var values: [Float] = []
        for sample in 0..<6 {
            for pixel in 0..<3 { values.append(Float(sample * 3 + pixel) * 1.5 - 7) }
            values += [0.1, 0.1, 0.1]
        }
        let features = npy("<f4", [6, 2, 1, 3], littleEndian(values.map(\.bitPattern)))
        try folder.write("x.npy.gz", gzip(features))
        try folder.write("y.npy", labels)
        let files = NPYFiles(
            trainFeatures: "x.npy.gz", trainLabels: "y.npy", testFeatures: "x.npy.gz", testLabels: "y.npy",
            classNames: ["a", "b", "c", "d"])
        let data = try files.load(root: folder.path)
        XCTAssertEqual(data.train.classCount, 4)
        XCTAssertEqual(data.test.className(3), "d")
        checkLaws(data.train, "real images")
        let found = moments(data.train, groups: 2)
        XCTAssertEqual(found[0].mean, 0, accuracy: 1e-6)
        XCTAssertEqual(found[0].deviation, 1, accuracy: 1e-6)
        XCTAssertEqual([found[1].mean, found[1].deviation], [0, 0])
        // The 18 values are 1.5 times 0 ... 17, less 7.
        XCTAssertEqual(data.standardization?.mean.first ?? 0, 1.5 * 8.5 - 7, accuracy: 1e-12)
        XCTAssertEqual(
            data.standardization?.standardDeviation.first ?? 0, 1.5 * (323.0 / 12).squareRoot(), accuracy: 1e-12)
    }

    func testHeaders() throws {
        func read(_ header: String) throws -> any Dataset {
            try self.read(npy("", [], pixels, header: header), labels)
        }
        for header in [
            "{'shape': (6, 4), 'descr': '|u1', 'fortran_order': False}",
            "{\"descr\":\"<u1\",\"fortran_order\":False,\"shape\":(6,4,)}",
            "{ 'descr' : '>u1' ,\n'fortran_order' : False , 'shape' : ( 6 , 4 ) , }",
        ] {
            XCTAssertEqual(try read(header).sampleShape, [4], header)
        }
        let wrong = [
            ("{'descr': '|u1', 'fortran_order': True, 'shape': (6, 4), }", "found Fortran order; save numpy.asc"),
            ("{'descr': '<c8', 'fortran_order': False, 'shape': (6, 4), }", "or f8, found \"<c8\"; convert"),
            ("{'descr': '|f4', 'fortran_order': False, 'shape': (6, 4), }", "or f8, found \"|f4\"; convert"),
            ("{'descr': '|O', 'fortran_order': False, 'shape': (6, 4), }", "or f8, found \"|O\"; convert"),
            (
                "{'descr': '<U5', 'fortran_order': False, 'shape': (6,), }",
                "found \"<U5\", texts; save numbers; of labels that are texts names, labels = numpy.unique(a, return_inverse=True) gives"
            ),
            (
                "{'descr': '|S3', 'fortran_order': False, 'shape': (6,), }",
                "found \"|S3\", texts; save numbers; of labels that are texts names, "
            ), ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), }", "found records of several;"),
            ("{'descr': '|u1', 'fortran_order': 0, 'shape': (6, 4), }", "Python literals, found other text"),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (6), }", "Python literals, found other text"),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (-6, 4), }", "Python literals, found other text"),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 4), }", "found other text"),
            ("{'descr': '|u1', 'fortran_order': 'no', 'shape': (6, 4), }", "True or False, found another value"),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': '6', }", "(60000, 28, 28), found another value"),
            ("{'descr': '|u1', 'shape': (6, 4), }", "and shape, found \"descr\", \"shape\"; write"),
            ("{'descr': '|u1', 'descr': '|u1', 'fortran_order': False, 'shape': (6, 4)}", "found other text"),
            ("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4)} x", "found other text"),
            ("{'descr: '|u1'", "found other text"), ("{'descr': [[", "found other text"), ("", "found other text"),
            ("{}", "and shape, found none; write"),
        ]
        for (header, expected) in wrong {
            let message = error(npy("", [], pixels, header: header), labels)
            XCTAssert(message.hasPrefix("wrongFormat x.npy: "), "\(header): \(message)")
            XCTAssert(message.contains(expected), "\(header): \(message)")
        }
        XCTAssertEqual(
            error(npy("", [], pixels, header: wrong[0].0), labels),
            "wrongFormat x.npy: expected elements in C order, the last dimension running fastest, found Fortran order; "
                + "save numpy.ascontiguousarray of the array")
    }

    func testWrongFormats() {
        XCTAssert(error([], labels).hasPrefix("empty x.npy: expected an NPY file, found no bytes"))
        XCTAssertEqual(
            error(Array("PK\u{3}\u{4}....".utf8), labels),
            "wrongFormat x.npy: expected an NPY file (beginning with \\x93NUMPY), found a zip archive; "
                + "give a file of numpy.save, plain or compressed with gzip, xz or zstd")
        XCTAssert(error(Array("1,2,3\n4,5".utf8), labels).contains("found other bytes; "))
        var future = npy("|u1", [6, 4], pixels)
        future[6] = 4
        XCTAssert(error(future, labels).contains("expected version 1.0, 2.0 or 3.0 of the NPY format, found 4.0; "))
        var long = npy("|u1", [6, 4], pixels, version: 2)
        long[11] = 0x7F
        XCTAssert(error(long, labels).contains("expected a header of at most 65535 bytes, found 2130706"))
        let whole = npy("|u1", [6, 4], pixels)
        for count in 1..<whole.count - pixels.count {
            let message = error(Array(whole[..<count]), labels)
            let isMagic = count < 6
            XCTAssert(message.hasPrefix(isMagic ? "wrongFormat x.npy: " : "truncated x.npy: "), "\(count): \(message)")
        }
    }

    func testSizesThatCannotBe() {
        XCTAssert(error(npy("|u1", [6, 0], []), labels).hasPrefix("wrongShape x.npy: "))
        XCTAssert(error(npy("|u1", [0, 4], []), labels).hasPrefix("empty x.npy: expected at least one sample"))
        XCTAssert(error(npy("|u1", [.max, 4], pixels), labels).hasPrefix("wrongShape x.npy: expected dimensions"))
        // Fit into 63 bits, not into the file; must be found out before memory is asked for.
        for type in ["|u1", "<f8"] {
            XCTAssert(error(npy(type, [1 << 40, 1 << 20], pixels), labels).hasPrefix("truncated x.npy: "))
            XCTAssert(error(gzip(npy(type, [1 << 40, 1 << 20], pixels)), labels).hasPrefix("truncated x.npy: "))
        }
        // The bytes overflow, the elements do not.
        XCTAssert(error(npy("<f8", [1 << 61, 1], pixels), labels).hasPrefix("truncated x.npy: "))
        XCTAssertEqual(
            error(npy("<f4", [6, 4], pixels), labels),
            "truncated x.npy: expected 24 elements (6 x 4) of 4 bytes, found a file of 152 stored bytes; "
                + "write or download it again")
        XCTAssertEqual(
            error(gzip(npy("<i2", [6, 4], pixels)), labels),
            "truncated x.npy: expected 24 elements (6 x 4) of 2 bytes, found 12; write or download it again")
        for type in ["|u1", "|i1"] {
            XCTAssert(
                error(npy(type, [6, 4], pixels + [0]), labels).hasPrefix(
                    "trailingBytes x.npy: expected the end of the file after 24 elements, found further bytes"))
            var packed = gzip(npy(type, [6, 4], pixels))
            packed[packed.count - 8] ^= 1
            XCTAssert(error(packed, labels).hasPrefix("corruptCompression x.npy: "))
        }
        let deep = error(npy("|u1", [1, 1, 1, 1, 1, 1], [0]), labels)
        XCTAssert(deep.hasPrefix("wrongShape x.npy: expected 2 to 5 dimensions, found 6"), deep)
        XCTAssert(error(npy("|u1", [], [0]), labels).hasPrefix("wrongShape x.npy: expected 2 to 5 dimensions, found 0"))
    }

    func testLabels() {
        let features = npy("|u1", [6, 4], pixels)
        XCTAssertEqual(
            error(labels, features),
            "swapped y.npy: expected labels (1 dimension), found a file of features (2 dimensions); "
                + "exchange the files of features and labels")
        XCTAssert(error(labels, labels).hasPrefix("swapped x.npy: expected features (2 to 5 dimensions)"))
        XCTAssertEqual(
            error(features, npy("|u1", [5], [0, 2, 1, 0, 2])),
            "countMismatch y.npy: expected 6 labels, one for each sample of x.npy, found 5; "
                + "give features and labels of one part of one data set")
        XCTAssertEqual(
            error(features, labels, classes: 2),
            "labelOutOfRange y.npy: expected labels in 0 ..< 2, found 2 of sample 1; "
                + "give the labels of the same data set, counted from 0, or name all its classes")
        XCTAssert(
            error(features, npy("<i4", [6], littleEndian([0, 1, 2, -1, 0, 1] as [Int32]))).hasPrefix(
                "labelOutOfRange y.npy: expected labels in 0 ..< 1048576, found a negative or too large one of sample 3;"
            ))
        XCTAssert(
            error(features, npy("<u8", [6], littleEndian([0, 1, .max, 1, 0, 1] as [UInt64]))).contains("of sample 2;"))
        XCTAssert(
            error(features, npy("<i8", [6], littleEndian([0, 1, 1 << 20, 1, 0, 1] as [Int64]))).contains("1048576 of"))
        XCTAssert(
            error(features, npy("<f4", [6], [UInt8](repeating: 0, count: 24))).hasPrefix(
                "wrongFormat y.npy: expected labels that are integers, found floats; "))
    }

    func testLabelsOfTwoDimensions() {
        let features = npy("|u1", [6, 4], pixels)
        let ones = [0, 2, 1, 0, 2, 1].flatMap { one in (0..<3).map { $0 == one ? 1 : 0 } }
        let oneHot =
            "wrongShape y.npy: expected labels that are integers, [N], found one-hot labels of 3 classes; save "
            + "labels.argmax(axis=1), which are integers"
        XCTAssertEqual(error(features, npy("|u1", [6, 3], ones.map { UInt8($0) })), oneHot)
        XCTAssertEqual(error(features, npy("<i8", [6, 3], littleEndian(ones.map { Int64($0) }))), oneHot)
        XCTAssertEqual(error(features, npy("<f4", [6, 3], littleEndian(ones.map { Float($0).bitPattern }))), oneHot)
        XCTAssertEqual(
            error(features, gzip(npy("<f8", [6, 3], littleEndian(ones.map { Double($0).bitPattern })))), oneHot)
        let soft = ones.map { ($0 == 1 ? 0.8 : 0.1 as Float).bitPattern }
        XCTAssert(
            error(features, npy("<f4", [6, 3], littleEndian(soft))).contains("found rows of 3 probabilities; save"))
        XCTAssertEqual(
            error(features, npy("|u1", [6, 1], [0, 2, 1, 0, 2, 1])),
            "wrongShape y.npy: expected labels that are integers, [N], found a column of them, [6, 1]; "
                + "save labels.reshape(-1), as integers")
        // Two of a row: nothing to exchange, as the features are of two dimensions too.
        var two = ones.map { UInt8($0) }
        two[1] = 1
        XCTAssertEqual(
            error(features, npy("|u1", [6, 3], two)),
            "wrongShape y.npy: expected labels that are integers, [N], found 3 numbers for each sample; give one class label "
                + "for each sample, or set task to multi-label or regression")
        // Features that are one-hot beside labels that are none, and labels of other samples: exchanged.
        XCTAssert(error(labels, npy("|u1", [6, 3], ones.map { UInt8($0) })).hasPrefix("swapped y.npy: "))
        XCTAssert(error(features, npy("|u1", [9, 2], two)).hasPrefix("swapped y.npy: "))
    }

    /// The targets of a regression.
    func testLabelsThatAreContinuous() {
        let features = npy("|u1", [6, 4], pixels)
        let targets = littleEndian([1, 0.137, 1.52, 2, 3.5, 7.25].map { Float($0).bitPattern })
        for shape in [[6], [6, 1]] {
            XCTAssertEqual(
                error(features, npy("<f4", shape, targets)),
                "wrongFormat y.npy: expected class labels (integers from 0 on), found \(Double(Float(0.137))) of sample 1 in "
                    + "an array that looks continuous (4 of 6 labels are decimals); set task: regression to "
                    + "predict the number; classification needs class labels")
        }
    }

    /// Samples in another dimension than the first one.
    func testFeaturesThatAreTransposed() {
        func found(_ shape: [Int]) -> String {
            error(npy("|u1", shape, Array(repeating: 1, count: shape.reduce(1, *))), labels)
        }
        XCTAssertEqual(
            found([4, 6]),
            "countMismatch y.npy: expected 4 labels, one for each sample of x.npy, found 6: the array of x.npy, 4 x 6, looks "
                + "transposed, with its samples in the last dimension; write it with the samples first (in NumPy: "
                + "numpy.ascontiguousarray(a.T))")
        XCTAssert(found([8, 8, 3, 6]).contains("(in NumPy: numpy.ascontiguousarray(numpy.moveaxis(a, -1, 0)))"))
        XCTAssert(
            found([3, 6, 8, 8]).contains(
                "with its samples in dimension 1; write it with the samples first (in NumPy: "
                    + "numpy.ascontiguousarray(numpy.moveaxis(a, 1, 0)))"))
        XCTAssert(found([4, 7]).hasSuffix("found 6; give features and labels of one part of one data set"))
    }

    func testNumbersThatAreNotFinite() {
        func message(_ value: Double) -> String {
            var values = [Double](repeating: 1, count: 24)
            values[13] = value
            return error(npy("<f8", [6, 4], littleEndian(values.map(\.bitPattern))), labels)
        }
        XCTAssertEqual(
            message(.nan),
            "invalidNumber x.npy: expected numbers that are finite in 32 bits, found nan as feature 1 of sample 3; "
                + "correct the number, or leave the sample out")
        XCTAssert(message(-.infinity).contains("found -inf as feature 1 of sample 3;"))
        XCTAssert(message(1e39).contains("found 1e+39 as feature 1 of sample 3;"))
        var halves = [UInt16](repeating: 0, count: 24)
        for (bits, name) in [(0x7C00, "inf"), (0xFC00, "-inf"), (0x7C01, "nan")] as [(UInt16, String)] {
            halves[23] = bits
            XCTAssert(
                error(npy("<f2", [6, 4], littleEndian(halves)), labels).contains(
                    "found \(name) as feature 3 of sample 5;"))
        }
    }

    func testFilesMustBelongTogether() throws {
        let folder = try TemporaryFolder()
        try folder.write("x", npy("|u1", [6, 2, 2], pixels))
        try folder.write("y", labels)
        try folder.write("wide", npy("|u1", [6, 1, 4], pixels))
        try folder.write("real", npy("|i1", [6, 2, 2], pixels))
        try folder.write("more", npy("|u1", [6], [0, 2, 1, 0, 3, 1]))
        let files = NPYFiles(trainFeatures: "x", trainLabels: "y", testFeatures: "x", testLabels: "y")
        XCTAssertEqual(try files.load(root: folder.path).train.count, 6)
        var other = files
        other.testFeatures = "wide"
        XCTAssertEqual(
            datasetError { _ = try other.load(root: folder.path) }?.description,
            "\(folder.path)/wide: expected samples of 1 x 2 x 2 like those of x, found 1 x 1 x 4; "
                + "give training and test files of one data set")
        other.testFeatures = "real"
        XCTAssertEqual(
            datasetError { _ = try other.load(root: folder.path) }?.description,
            "\(folder.path)/real: expected unsigned bytes like those of x, found other numbers; "
                + "give training and test features of one type")
        other = files
        other.testLabels = "more"
        XCTAssertEqual(datasetError { _ = try other.load(root: folder.path) }?.code, .labelOutOfRange)
    }

    /// An array in several files is that of one with all of it.
    func testPartsOfAnArray() throws {
        let folder = try TemporaryFolder()
        for (type, size) in [("|u1", 1), ("<i4", 4)] {
            let elements = size == 1 ? pixels : littleEndian(pixels.map { Int32($0) * 1000 })
            try folder.write("x", npy(type, [6, 2, 2], elements))
            try folder.write("x1", npy(type, [2, 2, 2], Array(elements[..<(8 * size)])))
            try folder.write("x2", gzip(npy(type, [4, 2, 2], Array(elements[(8 * size)...]))))
            try folder.write("y", labels)
            try folder.write("y1", npy("|u1", [3], [0, 2, 1]))
            try folder.write("other", npy("<f4", [4, 2, 2], [UInt8](repeating: 0, count: 64)))
            try folder.write("wide", npy(type, [4, 4], Array(elements[(8 * size)...])))
            let whole = NPYFiles(trainFeatures: "x", trainLabels: "y", testFeatures: "x", testLabels: "y")
            var parts = whole
            parts.trainFeatures = FileNames(["x1", "x2"])
            parts.trainLabels = FileNames(["y1", "y1"])
            let (found, expected) = (try parts.load(root: folder.path), try whole.load(root: folder.path))
            let all = Array(0..<6)
            XCTAssertEqual(batch(found.train, all).features, batch(expected.train, all).features)
            XCTAssertEqual(batch(found.train, all).labels, batch(expected.train, all).labels)
            XCTAssertEqual(found.standardization, expected.standardization)
            parts.trainFeatures = FileNames(["x1", "wide"])
            XCTAssertEqual(
                datasetError { _ = try parts.load(root: folder.path) }?.description,
                "\(folder.path)/wide: expected samples like those of \(folder.path)/x1, 2 x 2, found 4; give the files of one "
                    + "array")
            parts.trainFeatures = FileNames(["x1", "other"])
            XCTAssertEqual(datasetError { _ = try parts.load(root: folder.path) }?.found, "another type")
        }
    }

    /// More elements than are read at once.
    func testLargeFiles() throws {
        let count = 100_000
        let values = (0..<count * 3).map { Float($0) / 7 }
        let bytes = npy("<f4", [count, 3], littleEndian(values.map(\.bitPattern)))
        let labels = npy("<i4", [count], littleEndian((0..<count).map { Int32($0 % 10) }))
        for set in [try read(bytes, labels), try read(gzip(bytes), gzip(labels))] {
            XCTAssertEqual([set.count, set.classCount], [count, 10])
            XCTAssertEqual(batch(set, Array(0..<count)).features, values)
            XCTAssertEqual(set.label(at: count - 1), 9)
        }
    }

    /// What NumPy itself writes, of every type and in every version.
    func testFilesOfNumPy() throws {
        let python = ProcessInfo.processInfo.environment["ENTRAIN_PYTHON"] ?? "python3"
        let folder = try TemporaryFolder()
        let script = """
            import sys, numpy as np
            folder = sys.argv[1]
            for order in "<>":
                for kind in ("u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"):
                    values = (np.arange(24) - (0 if kind[0] == "u" else 12)).astype(order + kind)
                    values = values / 4 if kind[0] == "f" else values
                    name = ("l" if order == "<" else "b") + kind
                    np.save(f"{folder}/{name}.npy", values.reshape(6, 2, 2, 1).astype(order + kind))
            for version in ((1, 0), (2, 0), (3, 0)):
                with open(f"{folder}/y{version[0]}.npy", "wb") as file:
                    np.lib.format.write_array(file, np.array([0, 2, 1, 0, 2, 1]), version=version)
            np.save(f"{folder}/fortran.npy", np.asfortranarray(np.zeros((6, 4))))
            np.save(f"{folder}/record.npy", np.zeros(6, dtype=[("a", "<f4"), ("b", "<i2")]))
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", script, folder.path]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try XCTSkipIf(
            process.terminationStatus != 0, "\(python) cannot import numpy; ENTRAIN_PYTHON may name one that can")
        func load(_ features: String, _ labels: String) throws -> LoadedData {
            let files = NPYFiles(
                trainFeatures: features, trainLabels: labels, testFeatures: features, testLabels: labels)
            return try files.load(root: folder.path, options: LoadOptions(standardization: .off))
        }
        for order in ["l", "b"] {
            for kind in ["u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8"] {
                let data = try load("\(order)\(kind).npy", "y1.npy")
                XCTAssertEqual(data.train.sampleShape, [2, 2, 1])
                var expected = (0..<24).map { Float($0 - (kind.hasPrefix("u") ? 0 : 12)) }
                if kind.hasPrefix("f") { expected = expected.map { $0 / 4 } }
                if kind == "u1" { expected = expected.map { $0 * Float(1 / 255.0) } }
                XCTAssertEqual(batch(data.train, Array(0..<6)).features, expected, order + kind)
            }
        }
        for version in 1...3 {
            XCTAssertEqual(
                batch(try load("lf4.npy", "y\(version).npy").train, Array(0..<6)).labels, [0, 2, 1, 0, 2, 1])
        }
        XCTAssert(
            datasetError { _ = try load("fortran.npy", "y1.npy") }?.found == "Fortran order")
        XCTAssertEqual(datasetError { _ = try load("record.npy", "y1.npy") }?.found, "records of several")
    }
}
