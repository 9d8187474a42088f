import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Images in folders, lists and archives.
final class ImageFilesTests: XCTestCase {
    private let form = ImageForm(height: 2, width: 3)

    /// An image of one colour.
    private func image(_ value: UInt8, width: Int = 3, height: Int = 2) -> [UInt8] {
        png([UInt8](repeating: value, count: 3 * width * height), width: width, height: height)
    }

    private func folder(_ files: [(String, [UInt8])]) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (name, bytes) in files {
            let parent = URL(fileURLWithPath: folder.path + "/" + name).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try folder.write(name, bytes)
        }
        return folder
    }

    private func load(
        _ folder: TemporaryFolder, _ train: ImageSource, test: ImageSource? = nil, corrupt: ImageForm.Corrupt = .refuse,
        meaning: DataMeaning? = nil, fraction: Double = 0.5
    ) throws -> LoadedData {
        var form = form
        form.corrupt = corrupt
        return try ImageFiles(train: train, test: test.map { .source($0) } ?? .fraction(fraction), form: form).load(
            root: folder.path, options: LoadOptions(standardization: .off, seed: 1, meaning: meaning))
    }

    private func message(
        _ files: [(String, [UInt8])], _ train: ImageSource, test: ImageSource? = nil, line: UInt = #line
    ) throws -> String {
        let folder = try folder(files)
        let error = datasetError(line: line) { _ = try load(folder, train, test: test) }
        return "\(error.map { "\($0)" } ?? "")".replacing(folder.path + "/", with: "")
    }

    /// The value of each image, and its class.
    private func samples(_ set: any Dataset) -> [String] {
        let (features, labels) = batch(set, Array(0..<set.count))
        return labels.indices.map { index in
            let value = Int((features[index * set.featureCount] * 255).rounded())
            return "\(value) \(set.className(Int(labels[index])))"
        }
    }

    private let photos: [(String, UInt8)] = [
        ("train/fig/2.png", 2), ("train/fig/10.png", 10), ("train/red apple/a b.PNG", 4),
        ("train/red apple/deep/er/z.png", 5), ("test/red apple/1.png", 14), ("test/fig/1.png", 12),
    ]

    /// A folder, an archive and a file to be predicted: the samples that are loaded, with their names, in any number of classes.
    func testImagesWithoutClasses() throws {
        let folder = try folder(photos.map { ($0, image($1)) } + [("train/notes.txt", [1])])
        let loaded = try load(folder, ImageSource(directory: "train"), test: ImageSource(directory: "test"))
        let format = ImageFiles(train: ImageSource(directory: "train"), form: form)
        let options = LoadOptions(standardization: .off, meaning: loaded.meaning)
        func read(_ path: String) throws -> [String] {
            var reader = try format.reader(of: folder.path + "/" + path, options)
            var samples: [String] = []
            while let piece = try reader.next(3) {
                let names = try XCTUnwrap(reader.names)
                XCTAssertEqual(names.count, piece.count)
                let features = batch(piece, Array(0..<piece.count)).features
                samples += names.indices.map {
                    "\(names[$0].replacing(folder.path + "/", with: "")) \(Int((features[$0 * piece.featureCount] * 255).rounded()))"
                }
            }
            return samples
        }
        let files = [
            "train/fig/10.png 10", "train/fig/2.png 2", "train/red apple/a b.PNG 4", "train/red apple/deep/er/z.png 5",
        ]
        XCTAssertEqual(try read("train").sorted(), files)
        XCTAssertEqual(try read("train/fig/2.png"), ["train/fig/2.png 2"])
        try folder.write("a.tar", tar((1...7).map { ("\($0).png", image($0)) } + [("x.txt", [1])]))
        XCTAssertEqual(try read("a.tar"), (1...7).map { "a.tar/\($0).png \($0)" })
        func refusal(_ path: String) -> String {
            (datasetError { _ = try read(path) }?.description ?? "").replacing(folder.path + "/", with: "")
        }
        try folder.write("test/fig/1.png", image(1).dropLast(9) + [])
        XCTAssertTrue(refusal("test").hasPrefix("test/fig/1.png: expected "), refusal("test"))
        XCTAssertTrue(refusal("test").hasSuffix("; replace or remove it"), refusal("test"))
        var skipping = format
        skipping.form.corrupt = .skip
        var reader = try skipping.reader(of: folder.path + "/test", options)
        var names: [String] = []
        while try reader.next(2) != nil { names += try XCTUnwrap(reader.names) }
        XCTAssertFalse(names.isEmpty)
        XCTAssertFalse(names.contains { $0.hasSuffix("test/fig/1.png") }, "\(names)")
        XCTAssertEqual(reader.warnings.count, 1)
        XCTAssertTrue(
            "\(reader.warnings)".contains("1 of the images cannot be decoded and are left out"), "\(reader.warnings)")
        XCTAssertEqual(
            refusal("none.png"),
            "none.png: expected a file, found none; check the name, and the data root given by --data DIR or ENTRAIN_DATA"
        )
    }

    func testFolders() throws {
        let folder = try folder(
            photos.map { ($0, image($1)) }
                + [("train/fig/.hidden.png", []), ("train/fig/notes.txt", [1]), ("train/x.png", [])])
        let data = try load(folder, ImageSource(directory: "train"), test: ImageSource(directory: "test"))
        XCTAssertEqual(data.train.sampleShape, [3, 2, 3])
        XCTAssertEqual(data.train.classNames, ["fig", "red apple"])
        XCTAssertEqual(samples(data.train), ["10 fig", "2 fig", "4 red apple", "5 red apple"])
        XCTAssertEqual(samples(data.test), ["12 fig", "14 red apple"])
        XCTAssertEqual(
            data.warnings.map { "\($0)".replacing(folder.path + "/", with: "") },
            [
                "train: 2 files that end otherwise than .jpg, .jpeg, .jpe, .jfif, .png or lie in no class are ignored: x.png, "
                    + "fig/notes.txt; convert what is an image to JPEG or PNG, and remove the others"
            ])
        XCTAssertEqual(
            DataReview(data, labelColumn: nil).understood.suffix(2),
            ["images (training): 4, all 3 x 2 pixels", "images (test): 2, all 3 x 2 pixels"])
        checkLaws(data.train, "images")
        // As another process has them.
        let contents = try XCTUnwrap(data.contents)
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.byteCount, alignment: 64)
        defer { bytes.deallocate() }
        data.copySamples(to: bytes)
        XCTAssertEqual(try contents.data(in: UnsafeRawBufferPointer(bytes), of: folder).notes, data.notes)
    }

    func testClassesOfNumbersAreInTheirOrder() throws {
        let folder = try folder((1...11).map { ("\($0)/a.png", image(UInt8($0))) })
        let data = try load(folder, ImageSource(directory: "."), test: ImageSource(directory: "."))
        XCTAssertEqual(data.train.classNames, (1...11).map(String.init))
        XCTAssertEqual(data.train.count, 11)
    }

    func testClassesAreFoundByNameNotByOrder() throws {
        let folder = try folder(photos.map { ($0, image($1)) })
        let meaning = DataMeaning(
            sampleShape: [3, 2, 3], fullScale: 255, classCount: 3, classNames: ["red apple", "kiwi", "fig"])
        let test = ImageSource(directory: "test")
        let data = try load(folder, test, test: test, meaning: meaning)
        XCTAssertEqual(samples(data.test), ["12 fig", "14 red apple"])
        XCTAssertEqual(data.test.label(at: 0), 2)
        let other = DataMeaning(sampleShape: [3, 2, 3], fullScale: 255, classCount: 2, classNames: ["fig", "kiwi"])
        let error = datasetError { _ = try load(folder, test, test: test, meaning: other) }
        XCTAssertEqual(
            error?.description.replacing(folder.path + "/", with: ""),
            "test/red apple/1.png: expected one of the 2 known classes (fig, kiwi), the classes of the weights, found the class "
                + "red apple; give data of the classes that the weights were trained on")
    }

    func testSplitTakesAShareOfEachClassAndIsTakenAgain() throws {
        let folder = try folder((0..<20).map { ("\($0 % 2 == 0 ? "a" : "b")/\($0).png", image(UInt8($0))) })
        let source = ImageSource(directory: ".")
        let data = try load(folder, source, fraction: 0.3)
        XCTAssertEqual(data.test.classCounts, [3, 3])
        XCTAssertEqual(data.train.classCounts, [7, 7])
        let again = try load(folder, source, meaning: data.meaning, fraction: 0.3)
        XCTAssertEqual(samples(again.test), samples(data.test))
        XCTAssertEqual(
            again.evaluated?.description.replacing(folder.path + "/", with: ""),
            ".: 6 of 20 images are evaluated, those held out of training")
        // Another folder is evaluated whole.
        let other = try self.folder([("a/1.png", image(50)), ("b/1.png", image(51))])
        let whole = try load(other, source, meaning: data.meaning, fraction: 0.3)
        XCTAssertEqual(samples(whole.test), ["50 a", "51 b"])
    }

    func testList() throws {
        let folder = try folder(
            photos.map { ($0, image($1)) } + [
                ("train/list.csv", Array("path,class\nfig/2.png,\"fig, dried\"\nred apple/a b.PNG, apple\n".utf8))
            ])
        let source = ImageSource(list: "train/list.csv")
        let data = try load(folder, source, test: source)
        XCTAssertEqual(samples(data.train), ["2 fig, dried", "4 apple"])
        XCTAssertEqual(data.train.classNames, ["apple", "fig, dried"])
    }

    func testShards() throws {
        let long = String(repeating: "folder/", count: 20) + "sample"
        let first = tar([
            ("./a/1.cls", Array("fig\n".utf8)), ("./a/1.png", image(1)), ("./a/1.txt", [1]),
            (long + ".png", image(2)), (long + ".json", Array(#"{"width": 3, "label": "apple"}"#.utf8)),
        ])
        let second = tar([("b.jpg", image(3)), ("b.cls", Array("fig".utf8))])
        for pack in [{ $0 }, gzip, { xz($0) }, { zstd($0) }] {
            let folder = try folder([("1.tar", pack(first)), ("2.tar", pack(second))])
            let source = ImageSource(shards: ["1.tar", "2.tar"])
            XCTAssertEqual(samples(try load(folder, source, test: source).train), ["1 fig", "2 apple", "3 fig"])
        }
    }

    func testCorruptFilesAreNamedOrSkipped() throws {
        let damaged: [(String, [UInt8])] = [
            ("train/fig/3.png", Array(image(3).dropLast(20))), ("train/fig/4.jpg", []),
        ]
        let files = photos.map { ($0, image($1)) } + damaged
        let source = ImageSource(directory: "train")
        XCTAssertEqual(
            try message(files, source),
            "train/fig/3.png: expected an intact PNG image, found the end of the file in it; replace or remove it, or set "
                + "data.images.corrupt to skip")
        let folder = try folder(files)
        let data = try load(folder, source, test: source, corrupt: .skip)
        XCTAssertEqual(samples(data.train), ["10 fig", "2 fig", "4 red apple", "5 red apple"])
        XCTAssertEqual(
            data.notes.dropFirst(),
            [
                "images (test): 4, all 3 x 2 pixels; 2 of 6 cannot be decoded and are skipped: fig/3.png, fig/4.jpg"
            ])
    }

    func testMessages() throws {
        let directory = ImageSource(directory: "d")
        XCTAssertEqual(
            try message([("d/a.png", image(1))], directory),
            "d: expected a folder for each class, called like it, found none, and 1 images without a class; move the images of a "
                + "class into a folder of its own, or give a list: {list: FILE}")
        XCTAssertEqual(
            try message([("d", [])], directory),
            "d: expected a folder with a folder for each class, found a file; check the name, and the data root given by --data "
                + "DIR or ENTRAIN_DATA")
        XCTAssertEqual(
            try message([("d/a/x.gif", [])], directory),
            "d: expected images in the folders of its classes, found no file that ends in .jpg, .jpeg, .jpe, .jfif, .png; "
                + "convert the images to JPEG or PNG, or name another folder")
        XCTAssertEqual(
            try message(
                [("d/a/x.png", image(1)), ("t/b/y.png", image(2))], directory, test: ImageSource(directory: "t")),
            "t/b/y.png: expected one of the 1 known classes (a), found the class b; correct the class, or give training images "
                + "that have it")
        XCTAssertEqual(
            try message(
                [("l.csv", Array("a.png,x\nb.png,y\n".utf8)), ("a.png", image(1))], ImageSource(list: "l.csv")),
            "l.csv:2:1: expected the path of an image, found \"b.png\", and b.png is not there; correct the path, which starts "
                + "from the folder of the list")
        XCTAssertEqual(
            try message(
                [("l.csv", Array("a.webp,x\nb.png,y\n".utf8)), ("b.png", image(1))], ImageSource(list: "l.csv")),
            "l.csv:1:1: expected the path of an image, found \"a.webp\", and a.webp is not there; correct the path, which starts "
                + "from the folder of the list")
        XCTAssertEqual(
            try message([("l.csv", Array("a.png\n".utf8))], ImageSource(list: "l.csv")),
            "l.csv:1: expected two columns, path and class, separated by a comma, found 1; write both alone, in quotes where "
                + "they have a comma in them")
    }

    func testMessagesOfShards() throws {
        func message(_ archive: [UInt8]) throws -> String {
            try self.message([("s.tar", archive)], ImageSource(shards: ["s.tar"]))
        }
        XCTAssertEqual(
            try message(tar([("1.png", image(1)), ("2.cls", [0x61])])),
            "s.tar/1.png: expected 1.cls or 1.json beside it, found neither; write the archive again, the files of a sample one "
                + "after another")
        XCTAssertEqual(
            try message(tar([("1.cls", [0x61]), ("2.cls", [0x61])])),
            "s.tar: expected 1.jpg or 1.png beside the class of 1, found neither; write the archive again, the files of a sample "
                + "one after another")
        XCTAssertEqual(
            try message(tar([("1.png", image(1)), ("1.json", Array("{}".utf8))])),
            "s.tar/1.json: expected a class: a text of one line, or JSON with label, cls or class, found none; write the archive "
                + "again, with a class for each image")
        XCTAssertEqual(
            try message(Array(tar([("1.png", image(1)), ("1.cls", [0x61])]).dropLast(1024))),
            "s.tar: expected a whole tar archive, found no block of zeros at its end; write or download it again")
        XCTAssertEqual(
            try message(Array("PK\u{3}\u{4}".utf8) + [UInt8](repeating: 0, count: 600)),
            "s.tar: expected a tar archive, found a zip archive; give an archive of tar, plain or compressed with gzip, xz or zstd, or "
                + "write it again")
        var damaged = tar([("1.png", image(1)), ("1.cls", [0x61])])
        damaged[0] ^= 1
        XCTAssertEqual(
            try message(damaged),
            "s.tar: expected a tar archive, found one with a damaged header, whose checksum is another; give an archive of tar, plain "
                + "or compressed with gzip, xz or zstd, or write it again")
        XCTAssertEqual(
            try message(tar([]) + [1]),
            "s.tar: expected zeros behind the end of the archive, found other bytes; give archives that were joined as shards of "
                + "their own")
        XCTAssertEqual(
            try message(tar([])),
            "s.tar: expected at least one image that can be decoded, found no image; check the files")
    }

    /// Files become the samples that their pixels are as an array.
    func testSamplesAreThoseOfAnArray() throws {
        let pixels = (0..<4 * 18).map { UInt8(truncatingIfNeeded: $0 * 29) }
        var files = (0..<4).map { index in
            // [C, H, W] to [H, W, C].
            let own = (0..<6).flatMap { place in (0..<3).map { pixels[index * 18 + $0 * 6 + place] } }
            return ("\(["a", "b"][index / 2])/\(index).png", png(own, width: 3, height: 2))
        }
        files += [("x.npy", npy("|u1", [4, 3, 2, 3], pixels)), ("y.npy", npy("|u1", [4], [0, 0, 1, 1]))]
        let folder = try folder(files)
        let source = ImageSource(directory: ".")
        let images = try ImageFiles(train: source, test: .source(source), form: form).load(root: folder.path)
        let arrays = try NPYFiles(
            trainFeatures: "x.npy", trainLabels: "y.npy", testFeatures: "x.npy", testLabels: "y.npy"
        ).load(root: folder.path)
        XCTAssertEqual(images.standardization, arrays.standardization)
        XCTAssertEqual(
            batch(images.train, [0, 1, 2, 3]).features.map(\.bitPattern),
            batch(arrays.train, [0, 1, 2, 3]).features.map(\.bitPattern))
        XCTAssertEqual(batch(images.train, [0, 1, 2, 3]).labels, [0, 0, 1, 1])
    }

    /// Millions of pixels a sample are told before they are decoded.
    func testSamplesThatNoMemoryHolds() throws {
        try ImageSet.checkMemory(1 << 10, 1 << 20, "d", memory: 0x1p30)
        XCTAssertEqual(
            datasetError { try ImageSet.checkMemory(3000, 3 << 20, "d", memory: 0x1p30) }?.description,
            "d: expected samples that fit the memory of this machine, 1.0 GiB, found 3000 images of 3145728 bytes, 8.8 GiB; "
                + "set data.images.memory to stream, make data.images.size smaller, or use a machine with more memory")
    }

    func testFilesThatAreNamed() throws {
        var files = ImageFiles(train: ImageSource(directory: "d"), form: form)
        for (names, source) in [
            (["x"], ImageSource(directory: "x")), (["x.csv"], ImageSource(list: "x.csv")),
            (["1.tar", "2.tar.gz"], ImageSource(shards: ["1.tar", "2.tar.gz"])),
        ] {
            try files.take(testFiles: names)
            XCTAssertEqual(files.test, .source(source))
        }
        XCTAssertThrowsError(try files.take(testFiles: ["a", "b"])) {
            XCTAssertEqual(($0 as? UnsuitableFiles)?.expected, "one folder of classes, one list, or tar archives")
        }
    }
}
