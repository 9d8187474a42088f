import DataFilesTestSupport
import Datasets
import XCTest

/// Samples that are read without their labels, some at a time, are those that a format loads with them.
final class SampleReaderTests: XCTestCase {
    private let folder = Result { try TemporaryFolder() }

    private func options(_ loaded: LoadedData) -> LoadOptions {
        LoadOptions(standardization: loaded.standardization.map { .given($0) } ?? .off, meaning: loaded.meaning)
    }

    /// All features, read in pieces that no file is a multiple of.
    private func features(
        _ format: some DataFormat, _ file: String, _ options: LoadOptions, count: Int = 7
    ) throws -> (features: [Float], warnings: [DataWarning]) {
        var reader = try format.reader(of: file, options)
        var features: [Float] = []
        while let piece = try reader.next(count) {
            XCTAssertLessThanOrEqual(piece.count, count)
            features += batch(piece, Array(0..<piece.count)).features
        }
        XCTAssertNil(try reader.next(count))
        return (features, reader.warnings)
    }

    private func all(_ dataset: any Dataset) -> [Float] { batch(dataset, Array(0..<dataset.count)).features }

    private func refusal(_ format: some DataFormat, _ file: String, _ options: LoadOptions, line: UInt = #line)
        -> String
    {
        datasetError(line: line) { _ = try features(format, file, options) }.map { "\($0.code) \($0)" } ?? ""
    }

    // MARK: - Formats of fixed records

    func testImagesAndArraysAreThoseThatAreLoaded() throws {
        let folder = try folder.get()
        let pixels = (0..<40 * 6).map { UInt8($0 * 7 % 256) }
        let labels = (0..<40).map { UInt8($0 % 3) }
        for pack in [{ $0 }, gzip, { xz($0) }, { zstd($0) }] {
            let images = try folder.write("images", pack(idx([40, 2, 3], pixels)))
            let idxFiles = IDXFiles(
                trainImages: images, trainLabels: try folder.write("labels", idx([40], labels)), testImages: images,
                testLabels: try folder.write("labels", idx([40], labels)))
            let loaded = try idxFiles.load(root: nil)
            XCTAssertEqual(try features(idxFiles, images, options(loaded)).features, all(loaded.train))

            let array = try folder.write("array.npy", pack(npy("|u1", [40, 2, 3], pixels)))
            XCTAssertEqual(try features(idxFiles, array, options(loaded)).features, all(loaded.train))

            let reals = pixels.map { Double($0) / 3 }
            let numbers = try folder.write("x.npy", pack(npy("<f8", [40, 6], littleEndian(reals.map(\.bitPattern)))))
            let names = try folder.write("y.npy", npy("|u1", [40], labels))
            let npyFiles = NPYFiles(
                trainFeatures: numbers, trainLabels: names, testFeatures: numbers, testLabels: names)
            let table = try npyFiles.load(root: nil)
            XCTAssertEqual(try features(npyFiles, numbers, options(table)).features, all(table.train))

            let records = try folder.write(
                "records",
                pack(cifar((0..<20).map { [UInt8($0 % 10)] }) { UInt8(truncatingIfNeeded: $0 &+ $1 &* $2 &+ $3) }))
            let cifarFiles = CIFAR10(train: [records], test: [records])
            let ten = try cifarFiles.load(root: nil)
            XCTAssertEqual(try features(cifarFiles, records, options(ten)).features, all(ten.train))
        }
    }

    /// The embedded digits are bytes of which 16 is presented as 1; arrays of such bytes are taken alike.
    func testArraysOfTheEmbeddedDigits() throws {
        let folder = try folder.get()
        let digits = EmbeddedDigits()
        let raw = try digits.load(root: nil, options: LoadOptions(standardization: .off)).test
        let bytes = all(raw).map { UInt8(($0 * 16).rounded()) }
        let loaded = try digits.load(root: nil)
        let array = try folder.write("digits.npy", npy("|u1", [raw.count, 8, 8], bytes))
        XCTAssertEqual(try features(digits, array, options(loaded), count: 100).features, all(loaded.test))
        XCTAssertEqual(
            refusal(
                digits,
                try folder.write("f.npy", npy("<f4", [1, 8, 8], littleEndian([UInt32](repeating: 0, count: 64)))),
                options(loaded)),
            "wrongShape \(folder.path)/f.npy: expected bytes, of which 16 is presented as 1, which the weights were trained on, "
                + "found numbers as they stand; save the bytes, in NumPy a.astype(numpy.uint8)")
        XCTAssertEqual(
            refusal(
                digits, try folder.write("s.npy", npy("|u1", [1, 64], [UInt8](repeating: 0, count: 64))),
                options(loaded)),
            "wrongShape \(folder.path)/s.npy: expected samples [1, 8, 8] as [C, H, W], which the weights were trained on, found [64] "
                + "as [features]; give data of the same kind")
        XCTAssertEqual(
            refusal(digits, try folder.write("table.csv", "1,2\n"), options(loaded)),
            "wrongFormat \(folder.path)/table.csv: expected an NPY file: data.format digits has no other files to predict, found "
                + "another file; save the samples by numpy.save")
        let truncated = try folder.write("t.npy", gzip(Array(npy("|u1", [9, 8, 8], bytes).prefix(128 + 8 * 64 + 3))))
        XCTAssertEqual(
            refusal(digits, truncated, options(loaded)),
            "truncated \(truncated): expected 576 elements (9 x 8 x 8) of 1 bytes, found 515; write or download it again"
        )
        let empty = try folder.write("e.npy", npy("|u1", [0, 8, 8], []))
        XCTAssertEqual(
            refusal(digits, empty, options(loaded)),
            "empty \(empty): expected at least one sample, found none; give a file with samples")
    }

    func testNumbersThatAreNotFiniteAreNamed() throws {
        let folder = try folder.get()
        var numbers = (0..<60).map { Double($0) }
        let y = try folder.write("y.npy", npy("|u1", [20], (0..<20).map { UInt8($0 % 2) }))
        let x = try folder.write("x.npy", npy("<f8", [20, 3], littleEndian(numbers.map(\.bitPattern))))
        let format = NPYFiles(trainFeatures: x, trainLabels: y, testFeatures: x, testLabels: y)
        let options = options(try format.load(root: nil))
        numbers[3 * 13 + 2] = .nan
        let damaged = try folder.write("n.npy", npy("<f8", [20, 3], littleEndian(numbers.map(\.bitPattern))))
        XCTAssertEqual(
            refusal(format, damaged, options),
            "invalidNumber \(damaged): expected numbers that are finite in 32 bits, found nan as feature 2 of sample 13; correct the "
                + "number, or leave the sample out")
        XCTAssertEqual(
            datasetError { _ = try MemorySampleReader([1, 2], options, subject: "samples") }?.description,
            "samples: expected samples of 3 numbers, [3] as [features], found 2 numbers; give every feature of every sample"
        )
    }

    // MARK: - Tables

    /// A table of many pieces, whose rows go over their ends at many places: in quotes, in characters, between CR and LF.
    func testATableOfManyPieces() throws {
        let folder = try folder.get()
        var text = "note,x,\"größe\",kind\r\n"
        for row in 0..<16_000 {
            let note = String(repeating: "ä\"\"\r\n€,🙂", count: row % 7)
            text += "\"\(note)\",\(row % 1013),\(Double(row * 7 % 997) / 8),\(row % 2 == 0 ? "a" : "b")\r\n"
        }
        let file = try folder.write("t.csv", text)
        XCTAssertGreaterThan(text.utf8.count, 900_000)
        let format = CSVFiles(
            train: file, format: CSVFormat(label: .name("kind"), ignored: [.name("note")]))
        let loaded = try format.load(root: nil)
        let whole = try CSVTable(ByteInput(path: file), format: format.format)
        XCTAssertEqual(try features(format, file, options(loaded), count: 128).features.count, 32_000)
        var unstandardized = options(loaded)
        unstandardized.standardization = .off
        XCTAssertEqual(
            try features(format, file, unstandardized, count: 128).features, all(try whole.dataset()))
        // An error far behind the first piece has the line of the file.
        let last = text.utf8.count { $0 == UInt8(ascii: "\n") } + 1
        for (damage, message) in [
            (
                Array("\"\",1,x,a\n".utf8),
                "invalidNumber \(file):\(last):3: expected a finite 32-bit number, found \"x\"; correct the field, or leave the row "
                    + "out"
            ),
            (
                Array("\"\",1,2\n".utf8),
                "malformedRow \(file):\(last):4: expected 4 columns as in the first row, found 3; complete or remove the row, or "
                    + "correct the separator"
            ),
            (
                Array("\"never closed,1,2,a\n".utf8),
                "malformedRow \(file):\(last):1: expected a closing quote, found the end of the file; correct the quotes of this row"
            ),
            (
                [0x31, 0x2C, 0xFF, 0x0A],
                "wrongFormat \(file):\(last): expected text in UTF-8, found the byte 0xFF; name its encoding with "
                    + "data.csv.encoding, such as latin1 or windows-1251, or save it as UTF-8"
            ),
        ] {
            try folder.write("t.csv", Array(text.utf8) + damage)
            XCTAssertEqual(refusal(format, file, options(loaded)), message)
        }
    }

    func testColumnsAreFoundByNameOrByPlace() throws {
        let folder = try folder.get()
        let train = try folder.write(
            "train.csv", "id,h,w,fruit\n1,1.5,2,fig\n2,3,4,kiwi\n3,5,6.5,fig\n4,1,1,kiwi\n5,2,2,fig\n")
        let format = CSVFiles(
            train: train, test: .after(trainingRows: 3),
            format: CSVFormat(label: .name("fruit"), ignored: [.name("id")]))
        var options = options(try format.load(root: nil))
        options.standardization = .off
        func read(_ text: String) throws -> (features: [Float], warnings: [DataWarning]) {
            try features(format, try folder.write("new.csv", text), options)
        }
        for (text, kinds) in [
            ("h,w\n7,8\n9,10\n", []), ("w,h\n8,7\n10,9", []), ("fruit,w,id,h\n,8,1,7\nany,10,x,9\n", []),
            ("w,colour,h\n8,red,7\n10,,9\n", [.unknownColumns]), ("7,8\n9,10\n", [.columnsByPlace]),
            ("\u{FEFF}h,w\r7,8\r9,10", []),
        ] as [(String, [DataWarning.Kind])] {
            let (features, warnings) = try read(text)
            XCTAssertEqual(features, [7, 8, 9, 10], text)
            XCTAssertEqual(warnings.map(\.kind), kinds, text)
        }
        func error(_ text: String, line: UInt = #line) throws -> String {
            refusal(format, try folder.write("new.csv", text), options, line: line)
                .replacingOccurrences(of: folder.path + "/", with: "")
        }
        XCTAssertEqual(
            try error("id,h,fruit\n1,2,fig\n"),
            "unknownColumn new.csv:1: expected the feature column w of the weights, found the columns id, h, fruit; give data with "
                + "the columns that the weights were trained on")
        XCTAssertEqual(
            try error("1,7,8,fig\n"),
            "wrongShape new.csv:1: expected the 2 feature columns of the weights, h, w, found 4 columns without names; give a header, "
                + "or these columns alone")
        XCTAssertEqual(
            try error("7;8\n"),
            "unknownColumn new.csv:1: expected the feature columns h, w of the weights, found the columns 7;8; give data with the "
                + "columns that the weights were trained on, or set data.csv.separator to \";\"")
        XCTAssertEqual(
            try error("h,h,w\n1,2,3\n"),
            "malformedRow new.csv:1:2: expected a name of its own for each column, found \"h\" for the columns 0 and 1; rename one of "
                + "them, or ignore both by their places with data.csv.ignore=[0,1]")
        for text in ["", "h,w\n", "\n\n"] {
            XCTAssertEqual(
                try error(text), "empty new.csv: expected at least one row of data, found none; check the file")
        }
        for field in ["nan", "inf", "1e39", ""] {
            XCTAssertEqual(
                try error("w,h\n1,2\n3,\(field)\n"),
                "invalidNumber new.csv:3:2: expected a finite 32-bit number, found \"\(field)\"; correct the field, or leave the row out"
            )
        }
    }

    /// A table whose weights know no names, and one whose names are numbers.
    func testPlacesWithoutNamesAndNamesThatAreNumbers() throws {
        let folder = try folder.get()
        let plain = CSVFiles(
            train: try folder.write("plain.csv", "9,1.5,a,2\n9,3,b,4\n9,5,a,6.5\n9,1,b,1\n9,2,a,2\n"),
            test: .after(trainingRows: 3), format: CSVFormat(label: .index(2), ignored: [.index(0)]))
        var options = options(try plain.load(root: nil))
        options.standardization = .off
        for (text, kinds) in [
            ("7,8\n9,10\n", []), ("0,7,?,8\n0,9,?,10\n", []), ("h,w\n7,8\n9,10\n", [.columnsByPlace]),
        ] as [(String, [DataWarning.Kind])] {
            let (features, warnings) = try features(plain, try folder.write("new.csv", text), options)
            XCTAssertEqual(features, [7, 8, 9, 10], text)
            XCTAssertEqual(warnings.map(\.kind), kinds, text)
        }
        XCTAssertTrue(
            refusal(plain, try folder.write("new.csv", "1,2,3\n"), options).hasSuffix("give these columns alone"))

        let numbered = CSVFiles(
            train: try folder.write("numbered.csv", "0,1,y\n5,2,a\n3,4,b\n1,0,a\n7,7,b\n2,2,a\n"),
            test: .after(trainingRows: 3), format: CSVFormat(label: .name("y")))
        options = self.options(try numbered.load(root: nil))
        options.standardization = .off
        for (text, expected) in [("1,0\n8,7\n", [7, 8]), ("0,5\n8,7\n", [0, 5, 8, 7])] as [(String, [Float])] {
            XCTAssertEqual(try features(numbered, try folder.write("new.csv", text), options).features, expected, text)
        }
    }
}
