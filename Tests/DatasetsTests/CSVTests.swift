import DataFilesTestSupport
import Datasets
import RandomNumbers
import XCTest

final class CSVTests: XCTestCase {
    private func table(
        _ text: String, _ format: CSVFormat = CSVFormat(), like training: CSVTable? = nil
    ) throws -> CSVTable {
        try CSVTable(ByteInput(bytes: Array(text.utf8), name: "t.csv"), format: format, like: training)
    }

    private func read(_ text: String, _ format: CSVFormat = CSVFormat()) throws -> FloatDataset {
        try table(text, format).dataset()
    }

    private func error(
        _ text: String, _ format: CSVFormat = CSVFormat(), like training: CSVTable? = nil,
        file: StaticString = #filePath, line: UInt = #line
    ) -> String {
        datasetError(file: file, line: line) { _ = try table(text, format, like: training) }
            .map { "\($0.code) \($0)" } ?? ""
    }

    func testPlainRows() throws {
        let set = try read("1,2.5,b\n-3,4e1,a\n5,.5,b\n")
        XCTAssertEqual(set.sampleShape, [2])
        XCTAssertEqual(set.classNames, ["a", "b"])
        XCTAssertNil(set.standardization)
        let (features, labels) = batch(set, [0, 1, 2])
        XCTAssertEqual(features, [1, 2.5, -3, 40, 5, 0.5])
        XCTAssertEqual(labels, [1, 0, 1])
        checkLaws(set, "plain")
    }

    func testLineEndsEmptyLinesSpacesAndByteOrderMark() throws {
        for text in [
            "1,2,b\r\n3,4,a\r\n", "1,2,b\n3,4,a", "1,2,b\r3,4,a\r", "1,2,b\r\r\n3,4,a\r\r\n",
            "\n 1 ,\t2, b \n\n3,4,a\n\n\r\n \n", "\u{FEFF}1,2,b\n3,4,a\n",
        ] {
            let set = try read(text)
            XCTAssertEqual(batch(set, [0, 1]).features, [1, 2, 3, 4], text.debugDescription)
            XCTAssertEqual(set.classNames, ["a", "b"], text.debugDescription)
        }
    }

    func testQuotedFields() throws {
        let set = try read("\"1\",2,\"a, \"\"b\"\"\"\n3,\"4\" ,\"two\nlines\"\n5,6,x\n")
        XCTAssertEqual(batch(set, [0, 1, 2]).features, [1, 2, 3, 4, 5, 6])
        XCTAssertEqual(set.classNames, ["a, \"b\"", "two\nlines", "x"])
        // The row after a quoted line end is on line 4.
        XCTAssert(error("1,2,\"a\"\n3,4,\"two\nlines\"\n5,x,a\n").hasPrefix("invalidNumber t.csv:4:2: "))
        XCTAssert(error("1,2,\"a\"\r3,4,\"two\r\nlines\"\r\n5,x,a\r").hasPrefix("invalidNumber t.csv:4:2: "))
        XCTAssert(error("1,\"2,a\n").hasPrefix("malformedRow t.csv:1:2: expected a closing quote"))
        XCTAssert(error("1,\"2\"3,a\n").hasPrefix("malformedRow t.csv:1:2: expected a separator"))
    }

    func testHeader() throws {
        let text = "id,length,kind,width\n7,1,b,2\n8,3,a,4\n"
        for format in [
            CSVFormat(label: .name("kind"), ignored: [.name("id")]),
            CSVFormat(label: .index(2), ignored: [.index(0)]),
            CSVFormat(label: .index(-2), ignored: [.index(-4)], header: .present),
        ] {
            let set = try read(text, format)
            XCTAssertEqual(batch(set, [0, 1]).features, [1, 2, 3, 4])
            XCTAssertEqual(set.classNames, ["a", "b"])
        }
        // Numbers over the features may be a header only when it is said, and nothing else where they look like one.
        let years = "2010,2011,class\n1,2,a\n3,4,b\n"
        XCTAssert(error(years).contains("whether the first row of numbers is a header"))
        XCTAssertEqual(try read(years, CSVFormat(header: .absent)).count, 3)
        XCTAssertEqual(try read(years, CSVFormat(header: .present)).count, 2)
        XCTAssertEqual(
            error("length,2,kind\n1,2,a\n"),
            "invalidNumber t.csv:1:1: expected a finite 32-bit number, found \"length\"; "
                + "correct the field or ignore the column, or say that there is a header")
        XCTAssert(error(text, CSVFormat(label: .index(2), header: .absent)).hasPrefix("invalidNumber t.csv:1:1: "))
        XCTAssert(error(text, CSVFormat(label: .name("kind"), header: .absent)).hasPrefix("unknownColumn t.csv:1: "))
    }

    func testNamesOfTheColumns() throws {
        let folder = try TemporaryFolder()
        try folder.write("named", "id,length,kind,width\n7,1,b,2\n8,3,a,4\n9,5,a,6\n")
        try folder.write("plain", "1,2,b\n3,4,a\n5,6,a\n")
        func columns(_ name: String, _ format: CSVFormat) throws -> TableColumns? {
            try CSVFiles(train: name, test: .after(trainingRows: 2), format: format)
                .load(root: folder.path).columns
        }
        XCTAssertEqual(
            try columns("named", CSVFormat(label: .name("kind"), ignored: [.name("id")])),
            TableColumns(features: ["length", "width"], label: "kind", ignored: ["id"]))
        XCTAssertNil(try columns("plain", CSVFormat()))
    }

    func testHeadersOfNumbers() throws {
        let suspected = "to be told whether the first row of numbers is a header, found in it "
        func rows(_ count: Int, _ row: (Int) -> String) -> String { (0..<count).map { row($0) + "\n" }.joined() }
        let body = rows(40) { "\(Double($0 * 7 % 40) / 10),\(Double($0 * 3 % 40) / 10),\($0 % 3)" }
        for (header, reason) in [
            ("2010,2011,class", "the only label that is no integer"), ("2010,2011,2012", "rising numbers far from"),
            ("0,1,2", nil), ("400.0,402.5,1", "rising numbers far from"), ("1,2,3", "the numbers of the columns"),
        ] as [(String, String?)] {
            let text = header + "\n" + body
            if let reason {
                XCTAssert(error(text).hasPrefix("malformedRow t.csv:1: expected \(suspected)\(reason)"), error(text))
                XCTAssert(error(text).hasSuffix("; set data.csv.header to yes or no"))
            } else {
                XCTAssertEqual(try read(text).count, 41, header)
            }
            XCTAssertEqual(try read(text, CSVFormat(header: .present)).count, 40, header)
            XCTAssertEqual(try read(text, CSVFormat(header: .absent)).count, 41, header)
        }
        // As data frames without names are written: over four columns or more whatever the labels are.
        let digits = rows(30) { "\($0 % 7),\($0 % 5),\($0 % 3),\($0 % 4)" }
        XCTAssert(error("0,1,2,3\n" + digits).contains("\(suspected)the numbers of the columns"))
        // Numbers among those below, and a class of which there is one sample.
        XCTAssertEqual(try read("5,6,1\n" + rows(9) { "\($0),\(9 - $0),\($0 % 2)" }).count, 10)
        XCTAssertEqual(try read("0.5,0.6,7\n" + rows(9) { "\($0),\(9 - $0),\($0 % 2)" }).count, 10)
    }

    /// Integers are the same class where they are the same number, also where Double does not tell them from the next one.
    func testLabelsOfManyDigits() throws {
        let set = try read("1,9007199254740993\n2,9007199254740992\n3,+9007199254740993\n4,-9223372036854775808\n")
        XCTAssertEqual(set.classNames, ["-9223372036854775808", "9007199254740992", "9007199254740993"])
        XCTAssertEqual((0..<4).map { set.label(at: $0) }, [2, 1, 2, 0])
        XCTAssertEqual(
            error("1,2\n2,9223372036854775808\n"),
            "labelOutOfRange t.csv:2:2: expected a class: an integer of at most 64 bits, or a text, found "
                + "\"9223372036854775808\"; check which column is the label")
    }

    /// A first row that is a sample lacks all columns that are found by name.
    func testATestFileWithoutTheHeader() throws {
        let format = CSVFormat(label: .name("k"))
        let training = try table("x,y,k\n1,2,a\n3,4,b\n", format)
        XCTAssertEqual(
            error("1,2,a\n3,4,b\n", format, like: training),
            "unknownColumn t.csv:1: expected the feature columns x, y of the training file, found the columns 1, 2, a; give both files "
                + "the same columns, in any order, or a header: the first row looks like a sample, and columns are to be found by their "
                + "names")
        XCTAssert(error("x;y;k\n1;2;a\n", format, like: training).hasSuffix(", or set data.csv.separator to \";\""))
    }

    func testOneColumnHintsAtItsSeparator() throws {
        for (separator, key) in [(";", "\";\""), ("\t", "\"\\t\"")] {
            let text = "h,w,fruit\n1,2,fig\n3,4,kiwi\n".replacing(",", with: separator)
            for label in [CSVFormat.Column.index(-1), .index(2), .name("fruit")] {
                let message = error(text, CSVFormat(label: label))
                XCTAssert(message.hasSuffix(", or set data.csv.separator to \(key)"), message)
            }
            XCTAssertEqual(
                try read(text, CSVFormat(label: .name("fruit"), separator: Character(separator))).featureCount, 2)
        }
    }

    func testANameForTwoColumns() throws {
        XCTAssertEqual(
            error("a,b,a,y\n1,2,3,x\n"),
            "malformedRow t.csv:1:3: expected a name of its own for each column, found \"a\" for the columns 0 and 2; "
                + "rename one of them, or ignore both by their places with data.csv.ignore=[0,2]")
        // As it is told; a name, or none, is that of all columns that have it.
        let table = "a,b,a,y\n1,2,3,x\n4,5,6,z\n"
        XCTAssertEqual(try read(table, CSVFormat(ignored: [.index(0), .index(2)])).featureCount, 1)
        XCTAssertEqual(try read(table, CSVFormat(ignored: [.name("a")])).featureCount, 1)
        let unnamed = ",b,,y\n1,2,3,x\n4,5,6,z\n"
        XCTAssert(
            error(unnamed, CSVFormat(header: .present)).hasSuffix(
                "found \"\" for the columns 0 and 2; rename one of them, or ignore both by their places with data.csv.ignore=[0,2]"
            ))
        XCTAssertEqual(try read(unnamed, CSVFormat(ignored: [.name("")])).featureCount, 1)
        XCTAssertEqual(try read(unnamed, CSVFormat(ignored: [.index(0), .index(2)], header: .present)).featureCount, 1)
        // One letter, composed in two ways.
        XCTAssert(error("\u{E9},e\u{301},y\n1,2,x\n").hasPrefix("malformedRow t.csv:1:2: "))
        XCTAssert(error("a,a,y\n1,2,x\n", CSVFormat(ignored: [.index(0)])).hasPrefix("malformedRow t.csv:1:2: "))
        XCTAssert(error(",,y\n1,2,x\n", CSVFormat(header: .present)).hasPrefix("malformedRow t.csv:1:2: "))
        // No names for columns that are not used, and the name that is none of a column of numbers.
        XCTAssertEqual(
            try read(",,a,y\n1,2,3,x\n", CSVFormat(ignored: [.index(0), .index(1)], header: .present)).featureCount, 1)
        XCTAssertEqual(try read(",a,y\n1,2,x\n", CSVFormat(header: .present)).featureCount, 2)
    }

    func testClassesAreToldApartByTheirBytes() throws {
        XCTAssertEqual(
            error("1,2,caf\u{E9}\n1,2,tea\n1,2,cafe\u{301}\n"),
            "labelOutOfRange t.csv:3:3: expected each class in one Unicode form, found \"cafe\u{301}\" in two, composed and "
                + "decomposed; normalize the labels, in Python by unicodedata.normalize(\"NFC\", label)")
        let training = try table("1,2,caf\u{E9}\n1,2,tea\n")
        XCTAssert(error("1,2,cafe\u{301}\n", like: training).contains("each class in one Unicode form"))
        for other in ["\"a \"", "a\u{A0}", "\u{FEFF}a", "a\u{200B}"] {
            let table = try table("1,2,a\n1,2,b\n1,2,\(other)\n")
            XCTAssertEqual(table.classNames.count, 3, other)
            XCTAssertEqual(table.warnings.map(\.kind), [.similarNames], other)
            XCTAssert(
                table.warnings[0].description.contains("differ in invisible characters alone (1 and 2 characters)"))
        }
        XCTAssertEqual(try table("1,2,a\n1,2,A\n1,2,ab\n1,2,a b\n").warnings, [])
    }

    func testDecimalCommasAndOtherSeparators() {
        XCTAssertEqual(
            error("1;2,5;a\n", CSVFormat(separator: ";")),
            "invalidNumber t.csv:1:2: expected a finite 32-bit number, found \"2,5\"; correct the field or ignore the "
                + "column, or say that there is a header, or write numbers with a point, not a comma")
        XCTAssert(error("1,\"2,5\",a\n").hasSuffix("or write numbers with a point, not a comma"))
        XCTAssert(error("1,5;2,5;a\n").hasSuffix(", or set data.csv.separator to \";\""))
    }

    func testAHeaderInOneOfTwoFiles() throws {
        let folder = try TemporaryFolder()
        try folder.write("named", "x,y,k\n1,2,a\n3,4,b\n")
        try folder.write("plain", "1,2,a\n3,4,b\n")
        func warnings(_ train: String, _ test: String) throws -> [String] {
            try CSVFiles(train: train, test: .file(test), format: CSVFormat()).load(root: folder.path)
                .warnings.map { $0.description.replacing(folder.path, with: ".") }
        }
        XCTAssertEqual(try warnings("named", "named"), [])
        XCTAssertEqual(try warnings("plain", "plain"), [])
        XCTAssertEqual(
            try warnings("named", "plain"),
            [
                "./plain: has no header; its columns are taken by their place as x, y of the training file; "
                    + "give it a header, so that they are found by name"
            ])
        XCTAssertEqual(
            try warnings("plain", "named"),
            [
                "./named: has a header, unlike the training file; its columns are taken by their place; "
                    + "give both a header, so that they are found by name"
            ])
    }

    func testUnknownColumns() {
        let text = "a,b\n1,x\n"
        XCTAssertEqual(
            error(text, CSVFormat(label: .name("c"))),
            "unknownColumn t.csv:1: expected a column \"c\" in the header, found the columns \"a\", \"b\"; "
                + "correct the name, or give the column by its place")
        XCTAssertEqual(
            error(text, CSVFormat(label: .index(2))),
            "unknownColumn t.csv:1: expected a column 2, found 2 columns; give -2 to 1, or correct the separator")
        XCTAssert(error(text, CSVFormat(label: .index(-3))).hasPrefix("unknownColumn "))
        XCTAssert(error("1;2;a\n").hasPrefix("malformedRow t.csv:1: "))
        XCTAssert(error("1;2;a\n").hasSuffix(", or set data.csv.separator to \";\""), error("1;2;a\n"))
        XCTAssert(error(text, CSVFormat(ignored: [.index(0)])).hasPrefix("malformedRow t.csv:1: "))
        XCTAssert(error(text, CSVFormat(ignored: [.index(1)])).hasPrefix("malformedRow t.csv:1: "))
    }

    func testSeparators() throws {
        XCTAssertEqual(batch(try read("1;2;a\n", CSVFormat(separator: ";")), [0]).features, [1, 2])
        XCTAssertEqual(batch(try read("1\t2\ta\n", CSVFormat(separator: "\t")), [0]).features, [1, 2])
        XCTAssertEqual(batch(try read("1 2 a\r\n", CSVFormat(separator: " ")), [0]).features, [1, 2])
        for separator in ["é", "\"", "1", "\n", "e", "-"] as [Character] {
            XCTAssert(error("1", CSVFormat(separator: separator)).hasPrefix("invalidOption separator: "))
        }
    }

    func testIntegerClassesAreSortedByValue() throws {
        let set = try read("1,10\n2,9\n3,-1\n4,09\n5,9.0\n")
        XCTAssertEqual(set.classNames, ["-1", "9", "10"])
        XCTAssertEqual(batch(set, [0, 1, 2, 3, 4]).labels, [2, 1, 0, 1, 1])
        // One text among them, and all are texts.
        XCTAssertEqual(try read("1,10\n2,9\n3,x\n").classNames, ["10", "9", "x"])
    }

    func testLabelsThatAreNoClasses() {
        XCTAssertEqual(
            error("1,2,a\n1,2,0.5\n"),
            "labelOutOfRange t.csv:2:3: expected a class: an integer or a text, found \"0.5\"; correct the field, or check "
                + "which column is the label: classification needs class labels, not measured numbers")
        // One mistake among classes that are numbers.
        XCTAssert(error("1,2,0\n3,4,1\n5,6,0.5\n7,8,1\n").contains("; correct the field, or check which column"))
        XCTAssert(error("1,2,a\n1,2,\n").hasPrefix("labelOutOfRange t.csv:2:3: "))
    }

    /// The target of a regression.
    func testALabelColumnThatIsContinuous() throws {
        XCTAssertEqual(
            error("1,2,0.137\n3,4,1.52\n"),
            "labelOutOfRange t.csv:1:3: expected class labels (integers or texts), found \"0.137\" in the last column, which "
                + "looks continuous (2 of 2 labels are decimals); set task: regression to predict the number, or "
                + "data.csv.label to the column that has class labels")
        // Whole numbers and missing ones before the first decimal, and a column that has classes.
        let rows = (0..<40).map { "\($0 % 4),\($0 % 3),\($0 == 1 ? "NA" : "\(Double($0) / 4)")\n" }.joined()
        let found = error("length,kind,price\n" + rows)
        XCTAssert(
            found.hasPrefix(
                "labelOutOfRange t.csv:4:3: expected class labels (integers or texts), found \"0.5\" in the column price, which "
                    + "looks continuous (29 of 40 labels are decimals); "), found)
        XCTAssert(found.hasSuffix("data.csv.label to the column that has class labels"), found)
        let others = (0..<40).map { "\(Double($0) / 7),\($0 % 3),\(Double($0) / 4)\n" }.joined()
        XCTAssert(
            error("length,kind,price\n" + others).hasSuffix("the column that has class labels, perhaps 1 (kind)"),
            error("length,kind,price\n" + others))
        XCTAssert(
            error(others, CSVFormat(label: .index(0))).contains(
                "found \"0.14285714285714285\" in column 0, which looks"))
        // Where the classes are known it is none of them.
        let training = try table("1,2,b\n1,2,c\n")
        XCTAssert(
            error("1,2,0.137\n3,4,1.52\n", like: training).hasPrefix(
                "labelOutOfRange t.csv:1:3: expected one of the 2 classes of the training file (b, c), found \"0.137\"")
        )
        // Integers as others write them are classes.
        XCTAssertEqual(try table("1,2,0.0\n3,4,1.0\n5,6,2e0\n").classNames, ["0", "1", "2"])
    }

    /// Names of classes in another column than the one that is taken.
    func testAColumnOfClassNamesAmongTheFeatures() throws {
        let rows = (0..<12).map { "\(["setosa", "virginica"][$0 % 2]),\($0).5,\($0 % 5)\n" }.joined()
        for (text, last, column, key) in [
            ("kind,length,width\n" + rows, "the column width", "the column kind", "kind"),
            (rows, "the last column", "column 0", "0"),
        ] {
            XCTAssertEqual(
                try table(text).warnings.map(\.description),
                [
                    "t.csv: the classes are the numbers of \(last), and \(column) has words; give data.csv.label the name or the "
                        + "place of the column that is the class (\(key)?)"
                ])
        }
        XCTAssertEqual(try table("kind,length,width\n" + rows, CSVFormat(label: .name("width"))).warnings, [])
        XCTAssertEqual(try read(rows, CSVFormat(label: .index(0))).classNames, ["setosa", "virginica"])
        XCTAssertEqual(try read("kind,length,width\n" + rows, CSVFormat(label: .index(0))).count, 12)
        // A class of its own, and a table whose columns another one has said.
        let words = (0..<12).map { "\(["yes", "no"][$0 % 2]),\($0),\(["a", "b"][$0 / 2 % 2])\n" }.joined()
        XCTAssertEqual(try table(words).warnings, [])
        let training = try table("1,2,0\n3,4,1\n")
        XCTAssert(error("a,2,0\nb,4,1\na,4,1\n", like: training).contains("correct the field or ignore the column"))
    }

    func testTestFileTakesTheClassesOfTheTrainingFile() throws {
        let training = try table("1,2,b\n1,2,c\n1,2,a\n")
        XCTAssertEqual(batch(try table("1,2,c\n", like: training).dataset(), [0]).labels, [2])
        XCTAssertEqual(
            error("1,2,a\n\n1,2,d\n", like: training),
            "labelOutOfRange t.csv:3:3: expected one of the 3 classes of the training file (a, b, c), found \"d\"; "
                + "correct the label, or give a training file that has the class")
        XCTAssert(error("1,a\n", like: training).hasPrefix("wrongShape t.csv:1: expected 3 columns"))
    }

    func testRowsOfTheWrongLength() {
        XCTAssertEqual(
            error("1,2,a\n1,2,b\n1,b\n"),
            "malformedRow t.csv:3:3: expected 3 columns as in the first row, found 2; "
                + "complete or remove the row, or correct the separator")
        XCTAssert(error("1,2,a\n1,2,3,b\n").hasPrefix("malformedRow t.csv:2:4: expected 3 columns"))
    }

    func testTextInANumber() {
        for text in [
            "x", "nan", "inf", "-Infinity", "1.2.3", "0x10", "1e", "", "?", "1e39", "1e400", "--1", "1 2", "٣",
        ] {
            XCTAssert(
                error("1,2,a\r\n1,\(text),b\r\n").hasPrefix("invalidNumber t.csv:2:2: expected a finite"), text)
        }
        XCTAssert(error("1,a\n\u{1B}[2J\n,b").hasPrefix("malformedRow"))
        XCTAssert(error("1,a\n\u{1B}[2J,b\n").contains("found \"\\u{1B}[2J\""))
    }

    func testNothingToRead() {
        for text in ["", "\n\r\n", "x,y,k\n"] { XCTAssert(error(text).hasPrefix("empty t.csv: "), text) }
    }

    func testCompressed() throws {
        let table = try CSVTable(
            ByteInput(bytes: gzip(Array("1,2,b\n3,4,a\n".utf8)), name: "t"), format: CSVFormat())
        XCTAssertEqual(batch(try table.dataset(), [1]).features, [3, 4])
    }

    /// Against the standard library, on what its parser and tables of text have in common.
    func testNumbersAreCorrectlyRounded() {
        let texts = [
            "0", "-0", "1", "+1", "0.1", "-0.3", "123456789012345678901234567890", "9007199254740993", "1e22", "1e23",
            "1.7976931348623157e308", "5e-324", "2.2250738585072011e-308", "0.000000000000000000000000000001", "1E5",
            "1e+5", "1e-05", ".5", "5.", "179769313486231570e291", "0.30000000000000004", "8.5070591730234616e37",
        ]
        for text in texts {
            let expected: Double? = text == ".5" ? 0.5 : text == "5." ? 5 : Double(text)
            let found = DecimalNumber.parse(ArraySlice(text.utf8))
            XCTAssertEqual(found?.bitPattern, expected?.bitPattern, text)
        }
        let stream = RandomStream(seed: 1, purpose: .syntheticSample)
        for index in 0..<20_000 {
            let value = (stream.uniformDouble(UInt64(index)) - 0.5) * 1e6
            for text in ["\(value)", "\(Float(value))", "\(value * 1e-30)"] {
                XCTAssertEqual(DecimalNumber.parse(ArraySlice(text.utf8)), Double(text), text)
            }
        }
    }
}
