import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Categories and missing values of tables: what they become, and from which rows that is found.
final class TableEncodingTests: XCTestCase {
    private func format(_ change: (inout CSVFormat) -> Void) -> CSVFormat {
        var format = CSVFormat()
        change(&format)
        return format
    }

    /// Presented as it stands.
    private func features(_ text: String, _ format: CSVFormat = CSVFormat()) throws -> [Float] {
        let set = try CSVTable(ByteInput(bytes: Array(text.utf8), name: "t.csv"), format: format).dataset()
        return batch(set, Array(0..<set.count)).features
    }

    private func error(_ text: String, _ format: CSVFormat = CSVFormat(), line: UInt = #line) -> String {
        datasetError(line: line) { _ = try features(text, format) }.map { "\($0)" } ?? ""
    }

    /// The first `trainingRows` rows of a table train, and the others test.
    private func load(
        _ text: String, trainingRows: Int, _ format: CSVFormat = CSVFormat(), _ options: LoadOptions = LoadOptions()
    ) throws -> LoadedData {
        let folder = try TemporaryFolder()
        try folder.write("t", text)
        return try CSVFiles(train: "t", test: .after(trainingRows: trainingRows), format: format)
            .load(root: folder.path, options: options)
    }

    func testWordsBecomeAFeatureALevel() throws {
        let rows = ["red,1,x", "blue,2,y", "green,3,x"]
        // Columns in their order, levels in that of their names.
        XCTAssertEqual(
            try features(rows.joined(separator: "\n")), [0, 0, 1, 1, 1, 0, 0, 2, 0, 1, 0, 3])
        XCTAssertEqual(
            try features(rows.reversed().joined(separator: "\n")), [0, 1, 0, 3, 1, 0, 0, 2, 0, 0, 1, 1])
        let data = try load("color,size,kind\n" + (rows + rows).joined(separator: "\n"), trainingRows: 3)
        XCTAssertEqual(data.columns?.features, ["color", "size"])
        XCTAssertEqual(
            data.encoding?.featureNames(ofColumns: data.columns?.features),
            ["color=blue", "color=green", "color=red", "size"])
        // Numbers are standardized, features of 0 and 1 are not.
        XCTAssertEqual(data.standardization?.mean, [0, 0, 0, 2])
        XCTAssertEqual(data.standardization?.standardDeviation, [1, 1, 1, (2.0 / 3).squareRoot()])
        XCTAssertEqual(batch(data.test, [1]).features, [1, 0, 0, 0])
        XCTAssertEqual(
            DataReview(data, labelColumn: "kind").understood[0],
            "columns: numbers size; categories color (3 levels: blue, green, red); label kind")
    }

    func testNumbersThatAreCategories() throws {
        let text = "z,v\n10,a\n9,b\n9.0,a\n09,b\n2.5,a\n"
        let grades = format { $0.categorical = [.name("z")] }
        // 9 in three notations; sorted as text, because one level is no integer.
        XCTAssertEqual(try features(text, grades), [1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 0])
        XCTAssertEqual(try features("z,v\n10,a\n9,b\n", grades), [0, 1, 1, 0])
        XCTAssertEqual(try features(text), [10, 9, 9, 9, 2.5])
        XCTAssert(
            error(text, format { $0.categorical = [.name("v")] }).hasPrefix(
                "data.csv.categorical: expected columns of features, found the column v; "))
        XCTAssert(
            error(text, format { $0.categorical = [.name("w")] }).contains("expected a column \"w\" in the header"))
        let contradicting = format { ($0.categorical, $0.ignored) = ([.index(1)], [.index(1)]) }
        XCTAssertEqual(contradicting.contradiction?.problem, "expected columns that are not ignored, found column 1")
    }

    func testWhatStandsForMissingValues() throws {
        let text = "1,red,x\n?,,y\n4,red,x\n4,blue,y\nNA,red,x\n12,NaN,y\n"
        for (missing, fill) in [(CSVFormat.MissingValues.mean, 5.25), (.median, 4), (.mostFrequent, 4)] {
            let own = missing != .mostFrequent
            let found = try features(text, format { $0.missing = missing })
            let colors: [[Float]] = [[0, 1], [0, own ? 0 : 1], [0, 1], [1, 0], [0, 1], [0, own ? 0 : 1]]
            let sizes: [Float] = [1, Float(fill), 4, 4, Float(fill), 12]
            let marks: [Float] = [0, 1, 0, 0, 0, 1]
            let expected = (0..<6).flatMap { row -> [Float] in
                let plain: [Float] = [sizes[row]] + colors[row]
                return own ? plain + [marks[row]] : plain
            }
            XCTAssertEqual(found, expected, missing.rawValue)
            let marked = try features(text, format { ($0.missing, $0.missingIndicator) = (missing, true) })
            let gaps: [Float] = [0, 1, 0, 0, 1, 0]
            let expectedMarked = (0..<6).flatMap { row -> [Float] in
                let size: [Float] = [sizes[row], gaps[row]]
                return size + colors[row] + [marks[row]]
            }
            XCTAssertEqual(marked, expectedMarked, missing.rawValue)
        }
        // The smallest of those that are as frequent; an even number of values.
        XCTAssertEqual(try features("3,x\n7,y\n,x\n", format { $0.missing = .mostFrequent }), [3, 7, 3])
        XCTAssertEqual(try features("3,x\n7,y\n,x\n", format { $0.missing = .median }), [3, 7, 5])
        // A mean of equal values is that value.
        let tenths = (0..<10).map { "0.1,\($0 % 2)\n" }.joined() + "NA,0\n"
        XCTAssertEqual(try features(tenths, format { $0.missing = .mean })[10], 0.1)
        // Other words, a number among them.
        let own = format { ($0.missing, $0.missingWords) = (.mean, ["-999", "none"]) }
        XCTAssertEqual(try features("1,x\n-999,y\n3,x\n,y\nnone,x\n", own), [1, 2, 3, 2, 2])
        XCTAssertEqual(try features("k,v\nNA,x\nEU,y\n", own), [0, 1, 1, 0])
    }

    func testMissingValuesAreRefusedWithoutAKey() {
        for word in ["", "?", "NA", "NaN", "null"] {
            for row in ["1,\(word),x", "\(word),red,x"] {
                let message = error("2,red,y\n\(row)\n")
                XCTAssert(message.hasPrefix("t.csv:2:\(row.hasPrefix("1") ? 2 : 1): "), message)
                XCTAssert(message.contains("found \"\(word)\", a missing value; let "), message)
                XCTAssert(message.contains("data.csv.missing=median"), message)
            }
        }
        let all = error("1,,x\n2,,y\n", format { $0.missing = .mean })
        XCTAssertEqual(
            all,
            "t.csv: expected a value in column 1 of the training samples, found none; ignore the column: data.csv.ignore=[1]"
        )
    }

    /// Rows that are held out, and those of other files, have other values, levels and gaps.
    func testEncodingsComeFromTheTrainingSamples() throws {
        let head = "size,color,kind\n"
        let training = (0..<20).map { "\($0 % 7 == 0 ? "?" : "\($0)"),\(["red", "blue"][$0 % 3 / 2]),\($0 % 2)\n" }
            .joined()
        let marked = format { ($0.missing, $0.missingIndicator) = (.mean, true) }
        let others = "1000,lime,0\n?,teal,1\n-7,,0\n5,lime,1\n"
        let alone = try load(head + training + "1,red,0\n", trainingRows: 20, marked)
        let data = try load(head + training + others, trainingRows: 20, marked)
        XCTAssertEqual(data.encoding, alone.encoding)
        XCTAssertEqual(data.standardization, alone.standardization)
        let present = (0..<20).filter { $0 % 7 != 0 }
        let mean = Double(present.reduce(0, +)) / Double(present.count)
        XCTAssertEqual(
            data.encoding,
            TableEncoding([
                .init(.number(fill: mean), marksMissing: true),
                .init(.category(levels: ["blue", "red"], fill: nil), marksMissing: false),
            ]))
        // size, its mark, blue, red
        XCTAssertEqual(
            Array(batch(data.test, [1, 2]).features[1...]), [1, 0, 0, batch(data.test, [2]).features[0], 0, 0, 0])
        XCTAssertEqual(
            data.warnings.filter { $0.kind == .unknownLevels }.map {
                String($0.description.split(separator: ": ", maxSplits: 1)[1])
            },
            [
                "lime, teal, a missing value in 4 rows in the column color, which the training samples do not have: all features of "
                    + "the column are 0; correct the field, or train on samples that have it"
            ])
        XCTAssertEqual(data.missing, [4, 1])
        let refusing = format { ($0.missing, $0.unknownLevels) = (.mean, .refuse) }
        let refusal = datasetError { _ = try self.load(head + training + others, trainingRows: 20, refusing) }
        XCTAssertEqual(refusal?.code, .unknownLevel)
        XCTAssertEqual(refusal?.line, 22)
        // Validation samples are none of them, and neither is a test file.
        let options = LoadOptions(validationFraction: 0.25, seed: 3)
        let held = try load(head + training + others, trainingRows: 20, marked, options)
        let kept = (0..<held.train.count).map { (held.train as! Subset).sourceIndex(of: $0) }.filter { $0 % 7 != 0 }
        XCTAssertEqual(
            held.encoding?.columns[0].content, .number(fill: Double(kept.reduce(0, +)) / Double(kept.count)))
        let folder = try TemporaryFolder()
        try folder.write("train", head + training)
        try folder.write("test", head + others)
        let files = try CSVFiles(train: "train", test: .file("test"), format: marked).load(root: folder.path)
        XCTAssertEqual(files.encoding, data.encoding)
        XCTAssertEqual(batch(files.test, [0, 1, 2, 3]).features, batch(data.test, [0, 1, 2, 3]).features)
        XCTAssertEqual(batch(files.train, Array(0..<20)).features, batch(data.train, Array(0..<20)).features)
    }

    /// As weights keep it: another table, whose levels and columns come in another order, gives the same numbers.
    func testAKeptEncodingIsUsedOnOtherTables() throws {
        let rows = (0..<30).map { ["\($0 % 5 == 1 ? "" : "\($0)")", ["red", "blue", "lime"][$0 % 3], "\($0 % 2)"] }
        func text(_ rows: [[String]], _ order: [Int]) -> String {
            ([["size", "color", "kind"]] + rows).map { row in order.map { row[$0] }.joined(separator: ",") }
                .joined(separator: "\n")
        }
        let median = format { ($0.missing, $0.label) = (.median, .name("kind")) }
        let trained = try load(text(rows, [0, 1, 2]), trainingRows: 29, median)
        let meaning = try JSONDecoder().decode(DataMeaning.self, from: JSONEncoder().encode(trained.meaning))
        XCTAssertEqual(meaning, trained.meaning)
        XCTAssertTrue(meaning.isConsistent)
        let folder = try TemporaryFolder()
        // Fewer levels, met in another order, and other values that would give another median.
        let others = Array(rows[10..<12].reversed() + rows[..<4])
        try folder.write("t", text(others, [2, 1, 0]))
        let source = CSVFiles(train: "t", test: .file("t"), format: median)
        let options = LoadOptions(standardization: .given(trained.standardization!), meaning: meaning)
        let data = try source.load(root: folder.path, options: options)
        XCTAssertEqual(data.meaning.encoding, meaning.encoding)
        XCTAssertEqual(
            batch(data.test, Array(0..<6)).features, batch(trained.train, [11, 10, 0, 1, 2, 3]).features)
        // The rows are recognized whatever their words are numbered as.
        let again = try load(text(rows, [2, 1, 0]), trainingRows: 29, median, options)
        XCTAssertEqual(again.evaluated?.choice, .heldOut)
        var other = meaning
        other.encoding = TableEncoding([
            meaning.encoding!.columns[0], .init(.category(levels: ["a"], fill: nil), marksMissing: false),
        ])
        XCTAssertFalse(other.isConsistent)
        XCTAssertEqual(
            meaning.difference(from: other)?.expected, "3 levels (blue, lime, red) in the column color")
        let plain = DataMeaning(sampleShape: [2], classCount: 2, classNames: ["0", "1"], columns: meaning.columns)
        let refusal = datasetError {
            _ = try source.load(root: folder.path, options: LoadOptions(standardization: .off, meaning: plain))
        }
        XCTAssertEqual(refusal?.code, .invalidNumber)
    }

    /// A key that fills what is missing changes nothing where nothing is.
    func testATableWithoutGapsIsPresentedAsWithoutTheKey() throws {
        let text = "x,y,k\n" + (0..<40).map { "\(Double($0) / 7),\($0 * $0 % 13),\($0 % 3)\n" }.joined()
        let plain = try load(text, trainingRows: 30)
        let filled = try load(text, trainingRows: 30, format { ($0.missing, $0.missingIndicator) = (.mean, true) })
        XCTAssertNil(plain.encoding)
        XCTAssertEqual(filled.standardization, plain.standardization)
        XCTAssertEqual(batch(filled.train, Array(0..<30)).features, batch(plain.train, Array(0..<30)).features)
        XCTAssertEqual(batch(filled.test, Array(0..<10)).features, batch(plain.test, Array(0..<10)).features)
    }

    func testTextAndTooManyLevels() throws {
        let names = "name,age,k\n" + (0..<30).map { "person \($0),\($0 % 7),\($0 % 2)\n" }.joined()
        XCTAssertEqual(
            error(names),
            "t.csv: expected columns of numbers and of words that come again, found 30 different words in the 30 training samples in "
                + "the column name, which looks like text; ignore it: data.csv.ignore=[name]; or name it in "
                + "data.csv.categorical=[name] if its words are categories")
        XCTAssertEqual(try features(names, format { $0.categorical = [.name("name")] }).count, 30 * 31)
        let cities = "city,k\n" + (0..<300).map { "city \($0 % 65),\($0 % 2)\n" }.joined()
        XCTAssertEqual(
            error(cities, format { $0.maximumLevels = 64 }),
            "t.csv: expected at most 64 levels in a column of categories (data.csv.maximumLevels), found 65 in the column city; write "
                + "levels that are rare or alike as one, ignore the column: data.csv.ignore=[city], or raise data.csv.maximumLevels "
                + "if each level comes often enough to be learnt")
        XCTAssertEqual(try features(cities, format { $0.embedAbove = 65 }).count, 300 * 65)
        XCTAssertEqual(try features(cities).count, 300)
    }

    func testWordsAmongNumbers() {
        XCTAssertEqual(
            error("a,k\n1,x\n2,y\nsix,x\n" + (0..<20).map { "\($0),x\n" }.joined()),
            "t.csv:4:1: expected a finite 32-bit number, found \"six\"; correct the field or ignore the column, or list the word in "
                + "data.csv.missingWords if it means a missing value")
        XCTAssertEqual(
            error("a,k\nunknown,x\n2,y\n3,x\n"),
            "t.csv:2:1: expected a finite 32-bit number, found \"unknown\"; correct the field or ignore the column, or list it in "
                + "data.csv.missingWords if it means a missing value")
        XCTAssertEqual(
            error("a,k\nlow,x\nhigh,x\n3,y\n"),
            "t.csv:4:1: expected a word, as the rows above have in the column a, found \"3\"; correct the field or ignore the column, "
                + "or name it in data.csv.categorical=[a] if its numbers are categories too")
        for text in ["12%", "2020-01-31", "<5"] {
            XCTAssert(error("a,k\n\(text),x\n\(text),y\n").contains("or name it in data.csv.categorical=[a]"), text)
        }
    }

    func testHeadersOfWords() throws {
        let asked =
            "expected to be told whether the first row of words is a header, found in it \"red\", which other rows have too"
        XCTAssert(error("red,big,x\nblue,big,y\nred,small,x\n").contains(asked))
        XCTAssertEqual(try features("red,big,x\nblue,big,y\nred,small,x\n", CSVFormat(header: .absent)).count, 12)
        XCTAssertEqual(try features("color,size,kind\nblue,big,y\nred,small,x\n").count, 8)
        // A word for what is missing is no name.
        XCTAssertEqual(try features("?,2,x\n1,NA,y\n", format { $0.missing = .mean }), [1, 2, 1, 2])
        let body = (0..<12).map { "\(["red", "lime"][$0 % 2]),\(5 * $0 % 12),\(["x", "y"][$0 / 2 % 2])\n" }.joined()
        XCTAssert(error("color,3,kind\n" + body).contains("found in it words and a label that no other row has"))
    }

    func testTheEndingTellsTheSeparator() throws {
        let folder = try TemporaryFolder()
        let text = "x\tcolor\tk\n1\tred, dark\ta\n2\tblue\tb\n3\tblue\ta\n"
        try folder.write("t.tsv", text)
        try folder.write("t.TSV.gz", gzip(Array(text.utf8)))
        try folder.write("t.tab.xz", xz(Array(text.utf8)))
        try folder.write("t.tsv.zst", zstd(Array(text.utf8)))
        try folder.write("t.csv", text.replacing("red, dark", with: "red").replacing("\t", with: ","))
        for name in ["t.tsv", "t.TSV.gz", "t.tab.xz", "t.tsv.zst", "t.csv"] {
            let data = try CSVFiles(train: name, test: .file(name)).load(root: folder.path)
            XCTAssertEqual(data.columns?.features, ["x", "color"], name)
            XCTAssertEqual(data.train.count, 3, name)
        }
        let wrong = CSVFiles(train: "t.tsv", test: .file("t.tsv"), format: CSVFormat(separator: ","))
        XCTAssertNotNil(datasetError { _ = try wrong.load(root: folder.path) })
    }
}
