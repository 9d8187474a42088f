import DataFilesTestSupport
import Datasets
import XCTest

/// Columns and classes are those of the training file, or of the weights, wherever a file has them; or it is refused.
final class DataMeaningTests: XCTestCase {
    private let training = "id,h,w,fruit\n1,1,10,fig\n2,2,20,apple\n3,3,30,kiwi\n"

    private func load(
        train: String, test: String, format: CSVFormat = CSVFormat(ignored: [.name("id")]),
        as meaning: DataMeaning? = nil
    ) throws -> LoadedData {
        let folder = try TemporaryFolder()
        try folder.write("train", train)
        try folder.write("test", test)
        return try CSVFiles(train: "train", test: .file("test"), format: format)
            .load(root: folder.path, options: LoadOptions(standardization: .off, meaning: meaning))
    }

    /// What is wrong, without the folder.
    private func error(_ body: () throws -> Void, line: UInt = #line) -> String {
        do {
            try body()
        } catch {
            let text = "\(error)"
            return text.contains("/t")
                ? String(text[text.range(of: "/t", options: .backwards)!.lowerBound...].dropFirst()) : text
        }
        XCTFail("no error", line: line)
        return ""
    }

    private func samples(_ set: any Dataset) -> [[Float]] { (0..<set.count).map { batch(set, [$0]).features } }
    private func labels(_ set: any Dataset) -> [Int32] { batch(set, Array(0..<set.count)).labels }

    func testATestFileIsReadByTheNamesOfTheTrainingFile() throws {
        let same = try load(train: training, test: training)
        for test in [
            "id,w,fruit,h\n1,10,fig,1\n2,20,apple,2\n3,30,kiwi,3\n", "fruit,w,h\nfig,10,1\napple,20,2\nkiwi,30,3\n",
            "h,fruit,size,w\n1,fig,7,10\n2,apple,8,20\n3,kiwi,9,30\n",
        ] {
            let data = try load(train: training, test: test)
            XCTAssertEqual(samples(data.test), samples(same.test), test)
            XCTAssertEqual(labels(data.test), [1, 0, 2], test)
            XCTAssertEqual(data.columns, TableColumns(features: ["h", "w"], label: "fruit", ignored: ["id"]))
            XCTAssertEqual(data.warnings.map(\.kind), test.contains("size") ? [.unknownColumns] : [], test)
        }
        XCTAssertEqual(
            error { _ = try load(train: training, test: "h,fruit\n1,fig\n") },
            "test:1: expected the feature column w of the training file, found the columns h, fruit; give both files the same "
                + "columns, in any order")
        XCTAssertEqual(
            error { _ = try load(train: training, test: "h,w,kind\n1,2,fig\n") },
            "test:1: expected the label column \"fruit\" of the training file, found the columns h, w, kind; give both files the "
                + "same columns, in any order")
    }

    func testDataAreReadByTheNamesThatTheWeightsKeep() throws {
        let meaning = try load(train: training, test: training).meaning
        XCTAssertEqual(
            meaning,
            DataMeaning(
                sampleShape: [2], fullScale: 1, classCount: 3, classNames: ["apple", "fig", "kiwi"],
                columns: TableColumns(features: ["h", "w"], label: "fruit", ignored: ["id"])))
        // Fewer classes, met in another order, in columns of another order.
        let other = "fruit,w,h\nkiwi,1,2\nfig,3,4\n"
        let data = try load(train: other, test: other, as: meaning)
        XCTAssertEqual(data.meaning, meaning.with(ignored: []))
        for set in [data.train, data.test] {
            XCTAssertEqual(samples(set), [[2, 1], [4, 3]])
            XCTAssertEqual(labels(set), [2, 1])
        }
        func refusal(_ text: String) -> String { error { _ = try load(train: text, test: text, as: meaning) } }
        XCTAssertEqual(
            refusal("h,w,fruit\n1,2,fig\n3,4,lemon\n"),
            "train:3:3: expected one of the 3 classes of the weights (apple, fig, kiwi), found \"lemon\"; give data of the "
                + "classes that the weights were trained on")
        XCTAssertEqual(
            refusal("height,width,fruit\n1,2,fig\n"),
            "train:1: expected the feature columns h, w of the weights, found the columns height, width, fruit; give data with "
                + "the columns that the weights were trained on")
    }

    func testWithoutAHeaderColumnsAreTakenByTheirPlace() throws {
        let format = CSVFormat(ignored: [.index(0)])
        let meaning = try load(train: training, test: training, format: format).meaning
        let plain = "7,2,1,kiwi\n8,4,3,fig\n"
        let data = try load(train: plain, test: plain, format: format, as: meaning)
        XCTAssertEqual(samples(data.test), [[2, 1], [4, 3]])
        XCTAssertEqual(data.warnings.map(\.kind), [.columnsByPlace, .columnsByPlace])
        XCTAssertEqual(
            error { _ = try load(train: "2,1,kiwi\n", test: plain, format: format, as: meaning) },
            "train:1: expected 4 columns as in the weights, found 3; give data with the columns that the weights were trained on"
        )
        // Neither has names.
        let unnamed = try load(train: plain, test: plain, format: format).meaning
        XCTAssertNil(unnamed.columns)
        XCTAssertEqual(try load(train: plain, test: plain, format: format, as: unnamed).warnings, [])
        XCTAssertEqual(
            error { _ = try load(train: "1,2,3,4,fig\n", test: plain, format: format, as: unnamed) },
            "train:1: expected 2 feature columns as in the weights, found 3; give data with the columns that the weights were "
                + "trained on")
    }

    func testLabelsThatAreNumbersAreThoseOfTheWeights() throws {
        let meaning = try load(train: "1,0\n2,1\n3,255\n", test: "1,0\n", format: CSVFormat()).meaning
        XCTAssertEqual(
            labels(try load(train: "1,255\n2,0\n", test: "1,1\n", format: CSVFormat(), as: meaning).train), [2, 0])

        let folder = try TemporaryFolder()
        func arrays(_ shape: [Int], _ type: String, _ labels: [UInt8], as meaning: DataMeaning?) throws -> LoadedData {
            let size = type == "<f4" ? 4 : 1
            try folder.write(
                "tx",
                npy(type, [labels.count] + shape, .init(repeating: 0, count: size * labels.count * shape.reduce(1, *))))
            try folder.write("ty", npy("|u1", [labels.count], labels))
            return try NPYFiles(trainFeatures: "tx", trainLabels: "ty", testFeatures: "tx", testLabels: "ty").load(
                root: folder.path, options: LoadOptions(standardization: .off, meaning: meaning))
        }
        let images = try arrays([4, 6], "|u1", [0, 1, 2, 7], as: nil).meaning
        XCTAssertEqual(images, DataMeaning(sampleShape: [1, 4, 6], fullScale: 255, classCount: 8))
        let fewer = try arrays([4, 6], "|u1", [2, 0], as: images)
        XCTAssertEqual(fewer.train.classCount, 8)
        XCTAssertEqual(labels(fewer.train), [2, 0])
        XCTAssertEqual(
            error { _ = try arrays([4, 6], "|u1", [8], as: images) },
            "ty: expected labels in 0 ..< 8, the classes of the weights, found 8 of sample 0; give data of the classes that the "
                + "weights were trained on")
        XCTAssertEqual(
            error { _ = try arrays([6, 4], "|u1", [0], as: images) },
            "data: expected samples [1, 4, 6] as [C, H, W], which the weights were trained on, found [1, 6, 4] as [C, H, W]; give "
                + "data of the same kind")
        // Pixels of 0 to 255 as numbers are not what bytes were presented as.
        XCTAssertEqual(
            error { _ = try arrays([4, 6], "<f4", [0], as: images) },
            "data: expected bytes, of which 255 is presented as 1, which the weights were trained on, found numbers as they "
                + "stand; give data of the same kind")
    }

    func testADifferenceIsNamed() {
        let meaning = DataMeaning(
            sampleShape: [2], fullScale: 1, classCount: 2, classNames: ["a", "b"],
            columns: TableColumns(features: ["h", "w"], label: "k", ignored: ["id"]))
        func difference(_ change: (inout DataMeaning) -> Void) -> String {
            var other = meaning
            change(&other)
            return meaning.difference(from: other).map { "\($0.expected) | \($0.found)" } ?? "none"
        }
        XCTAssertEqual(difference { _ in }, "none")
        XCTAssertEqual(difference { $0 = $0.with(ignored: []) }, "none")
        XCTAssertEqual(
            difference { $0.columns = TableColumns(features: ["w", "h"], label: "k") },
            "the feature columns h, w | w, h (number 1 is \"w\", not \"h\")")
        XCTAssertEqual(difference { $0.columns = nil }, "the feature columns h, w | no names")
        XCTAssertEqual(
            difference { $0.columns = TableColumns(features: ["h", "w"], label: "l") }, "the label column \"k\" | \"l\""
        )
        XCTAssertEqual(
            difference { ($0.classNames, $0.classCount) = (["a", "b", "c"], 3) },
            "the classes a, b | a, b, c (number 3 is \"c\", not none)")
        XCTAssertEqual(difference { $0.fullScale = nil }, "none")
        for change in [
            { $0.classCount = 3 }, { $0.classNames = ["a"] }, { $0.sampleShape = [3] }, { $0.fullScale = 1e300 },
            { ($0.classNames, $0.classCount) = (nil, .max) },
        ] as [(inout DataMeaning) -> Void] {
            var other = meaning
            change(&other)
            XCTAssertFalse(other.isConsistent, "\(other)")
        }
        XCTAssertTrue(meaning.isConsistent)
        XCTAssertEqual(difference { $0.sampleShape = [1, 1, 2] }, "samples [2] as [features] | [1, 1, 2] as [C, H, W]")
    }
}

extension DataMeaning {
    fileprivate func with(ignored: [String]) -> DataMeaning {
        var other = self
        other.columns = columns.map { TableColumns(features: $0.features, label: $0.label, ignored: ignored) }
        return other
    }
}
