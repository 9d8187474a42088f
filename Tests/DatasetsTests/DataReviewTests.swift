import DataFilesTestSupport
import Datasets
import XCTest

/// What was understood is told, and what looks otherwise than it was taken is warned of; ordinary data are not.
final class DataReviewTests: XCTestCase {
    private func table(_ rows: [String], header: String = "a,b,y", trainingRows: Int? = nil) throws -> DataReview {
        let folder = try TemporaryFolder()
        try folder.write("t", ([header] + rows).joined(separator: "\n"))
        let data = try CSVFiles(
            train: "t", test: .after(trainingRows: trainingRows ?? rows.count / 2), format: CSVFormat()
        ).load(root: folder.path)
        return DataReview(data, labelColumn: "the last column")
    }

    /// Rows of two features without a pattern, and the labels in turn.
    private func rows(_ labels: [String], count: Int = 240) -> [String] {
        (0..<count).map { "\($0 * 7919 % 1009),\($0 * 104_729 % 1013),\(labels[$0 % labels.count])" }
    }

    private func arrays(_ labels: [Int], shape: [Int] = [2]) throws -> DataReview {
        let folder = try TemporaryFolder()
        for (part, seed) in [("train", 31), ("test", 77)] {
            let count = labels.count * shape.reduce(1, *)
            try folder.write(
                "\(part)X",
                npy(
                    "|u1", [labels.count] + shape,
                    (0..<count).map { UInt8(truncatingIfNeeded: (($0 + 1) * 2_654_435_761 % 1_000_003 * seed) >> 5) }))
            try folder.write("\(part)Y", npy("<i4", [labels.count], littleEndian(labels.map(Int32.init))))
        }
        let data = try NPYFiles(
            trainFeatures: "trainX", trainLabels: "trainY", testFeatures: "testX", testLabels: "testY"
        ).load(root: folder.path)
        return DataReview(data, labelColumn: nil)
    }

    private func kinds(_ review: DataReview) -> [DataWarning.Kind] { review.warnings.map(\.kind) }
    private func found(_ review: DataReview, _ kind: DataWarning.Kind) -> String? {
        review.warnings.first { $0.kind == kind }?.found
    }

    func testWhatWasUnderstood() throws {
        let review = try table(rows(["fig", "kiwi"]))
        XCTAssertEqual(
            review.understood,
            [
                "columns: features a, b; label y", "classes (training/test): fig 60/60, kiwi 60/60",
                "sample: [2] as [features]; numbers as they stand, standardized by feature",
            ])
        XCTAssertEqual(review.warnings, [])
        let folder = try TemporaryFolder()
        try folder.write("t", rows(["fig", "kiwi"]).joined(separator: "\n"))
        let plain = try CSVFiles(train: "t", test: .after(trainingRows: 120), format: CSVFormat())
            .load(root: folder.path)
        XCTAssertEqual(
            DataReview(plain, labelColumn: "column 2").understood[0],
            "columns: no header; 2 features by their places; label column 2")
        let digits = DataReview(
            try EmbeddedDigits().load(root: nil, options: LoadOptions(validationFraction: 0.1)), labelColumn: nil)
        XCTAssertEqual(digits.warnings, [])
        XCTAssertEqual(digits.understood.count, 2)
        XCTAssertTrue(
            digits.understood[0].hasPrefix("classes (training/validation/test): 0 129/14/35, "), digits.understood[0])
        XCTAssertEqual(
            digits.understood[1],
            "sample: [1, 8, 8] as [C, H, W]; bytes, of which 16 is presented as 1, standardized by channel")
        let many = try table(rows((0..<20).map { "c\($0)" }, count: 400)).understood[1]
        XCTAssertTrue(many.hasPrefix("classes (training/test): c0 10/10, c1 10/10, c10 10/10, "), many)
        XCTAssertTrue(many.hasSuffix(", … (20 classes of 10 training samples)"), many)
        let computed = SyntheticSet(
            sampleShape: [4], classCount: 3, trainCount: 1 << 40, testCount: 10, noise: 0.5)
        XCTAssertEqual(
            DataReview(try computed.load(root: nil), labelColumn: nil).understood,
            ["classes: 3", "sample: [4] as [features]; numbers as they stand"])
    }

    func testLabelsThatSayThatThereIsNone() throws {
        for word in ["nan", "NA", "n/a", "?", "None", "null", "NULL", "empty", "-1", "-9", "-999"] {
            XCTAssertEqual(kinds(try table(rows(["cat", "dog", word]))), [.missingLabels], word)
        }
        for word in ["-1", "255", "-9", "999", "99"] {
            let review = try table(rows(["0", "1", "2", word]))
            XCTAssertEqual(kinds(review), [.missingLabels], word)
            XCTAssertEqual(
                found(review, .missingLabels), "\(word) is a class, and is usual for a label that is missing")
        }
        XCTAssertEqual(kinds(try arrays((0..<200).map { [0, 1, 2, 255][$0 % 4] })), [.missingLabels, .gapsInLabels])
        // Labels that are what they seem.
        for labels in [
            ["-1", "1"], ["0", "1"], (0..<10).map(String.init), ["True", "False"], ["1", "2", "3"], ["nancy", "nadia"],
        ] {
            XCTAssertEqual(kinds(try table(rows(labels))), [], "\(labels)")
        }
    }

    func testNumbersThatAreNotCountedFromZero() throws {
        let fromOne = try arrays((0..<200).map { 1 + $0 % 4 })
        XCTAssertEqual(kinds(fromOne), [.gapsInLabels])
        XCTAssertEqual(found(fromOne, .gapsInLabels), "they are 1 to 4, and class 0 has no sample: counted from 1")
        let gaps = try arrays((0..<200).map { [0, 1, 5, 7, 8][$0 % 5] })
        XCTAssertEqual(
            found(gaps, .gapsInLabels),
            "no sample has the labels 2 to 4, 6, and the network has a unit for each number from 0 to 8")
        XCTAssertEqual(kinds(try arrays((0..<200).map { $0 % 4 })), [])
        XCTAssertEqual(kinds(try table(rows(["1", "2", "5", "7"]))), [.gapsInLabels])
        XCTAssertEqual(kinds(try table(rows(["1", "3", "5", "7", "9"]))), [.gapsInLabels])
    }

    func testClassesThatLackSamples() throws {
        // Three classes; the third in the last row alone, then in the first row alone.
        var labels = (0..<100).map { ["a", "b"][$0 % 2] }
        labels[99] = "c"
        XCTAssertEqual(try table(rows(labels, count: 100)).warnings.map(\.found), ["no sample of the class c"])
        labels[99] = "a"
        labels[0] = "c"
        XCTAssertEqual(
            try table(rows(labels, count: 100)).warnings.map { "\($0.subject): \($0.found)" },
            ["test set: no sample of the class c", "training set: one sample alone of the class c"])
        XCTAssertEqual(kinds(try table(rows(["only"]))), [.oneClass])
    }

    func testLabelsThatAreMeasured() throws {
        XCTAssertEqual(kinds(try table(rows((0..<30).map { "name \($0)" }))), [.manyClasses])
        let ages = try table(rows((18..<60).map(String.init), count: 4200))
        XCTAssertEqual(kinds(ages), [.manyClasses])
        XCTAssertEqual(
            found(ages, .manyClasses),
            "42 classes in 4200 samples; the column y may be a measured number: classification needs a few classes with many "
                + "samples each")
        XCTAssertEqual(kinds(try table(rows((0..<42).map(String.init), count: 4200))), [])
    }

    func testColumnsThatAreNoFeatures() throws {
        let count = 100
        func review(_ header: String, _ columns: (Int) -> String) throws -> [String] {
            try table((0..<count).map { columns($0) + ",\($0 % 2)" }, header: header + ",y").warnings.map(\.found)
        }
        XCTAssertEqual(
            try review("n,a") { "\($0),\($0 * 7919 % 1009)" }, ["feature column n that looks like row numbers"])
        XCTAssertEqual(
            try review("Unnamed: 0,a") { "\($0 * 31 % 101),\($0 * 7919 % 1009)" },
            ["feature column Unnamed: 0 that looks like row numbers"])
        XCTAssertEqual(
            try review("a,b,c") { "\($0 * 7919 % 1009),3,4" + ($0 == 99 ? "0" : "") },
            ["feature columns b, c with one value in all samples"])
        XCTAssertEqual(
            try review("class,a") { "\($0 % 3),\($0 * 7919 % 1009)" }, [])
        XCTAssertEqual(
            try table((0..<count).map { "\($0 % 2),\($0 * 7919 % 1009),\($0 % 7 % 2)" }, header: "label,p0,p1").warnings
                .map(\.found),
            ["the class is taken from the column p1, and label is a feature"])
    }

    func testSamplesOfBothSets() throws {
        let half = rows(["a", "b"], count: 50)
        XCTAssertEqual(try table(half + half).warnings.map(\.found), ["50 of 50 samples are in the training set too"])
        XCTAssertEqual(kinds(try table(half + half.dropFirst().map { "1" + $0 } + [half[0]])), [])
        XCTAssertEqual(
            try table((0..<50).map { "3,4,\($0 % 2)" }).warnings.map(\.found),
            ["all samples are the same", "25 of 25 samples are in the training set too"])
    }

    func testDimensionsInAnotherOrder() throws {
        for (shape, isWarned) in [
            ([16, 16, 3], true), ([14, 14, 1], true), ([12, 18, 3], true), ([16, 16, 4], true), ([3, 16, 16], false),
            ([1, 14, 14], false), ([3, 3, 3], false), ([8, 4, 4], false), ([3, 100], true), ([100, 2], true),
            ([20, 24], false),
            ([14, 14], false), ([12], false),
        ] {
            XCTAssertEqual(
                kinds(try arrays((0..<40).map { $0 % 2 }, shape: shape)), isWarned ? [.layout] : [], "\(shape)")
        }
        XCTAssertEqual(
            try arrays((0..<40).map { $0 % 2 }, shape: [3, 100]).warnings[0].remedy,
            "set data.layout to NCL if they are")
    }
}
