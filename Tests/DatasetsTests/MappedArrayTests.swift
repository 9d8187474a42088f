import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Arrays that stay in their files are presented with the bits of those that are read.
final class MappedArrayTests: XCTestCase {
    private let folder = Result { try TemporaryFolder() }
    private let numbers = (0..<60 * 24).map { $0 &* $0 % 1009 }

    private func files(_ type: String, _ shape: [Int], _ memory: ArrayMemory, layout: ArrayLayout? = nil) throws
        -> NPYFiles
    {
        let folder = try folder.get()
        let isBig = type.hasPrefix(">")
        func bits(_ number: Int) -> [UInt8] {
            let bytes: [UInt8] =
                switch type.dropFirst() {
                case "u1": [UInt8(truncatingIfNeeded: number)]
                case "i2": littleEndian([Int16(number - 500)])
                case "i4": littleEndian([Int32(number * 1_000_003)])
                case "f2": littleEndian([UInt16(0x3C00 + number)])
                case "f4": littleEndian([(Float(number) / 7 - 30).bitPattern])
                default: littleEndian([(Double(number) / 7 + 1e9).bitPattern])
                }
            return isBig ? bytes.reversed() : bytes
        }
        let x = try folder.write("x.npy", npy(type, shape, numbers.flatMap(bits)))
        let y = try folder.write("y.npy", npy("|u1", [60], (0..<60).map { UInt8($0 % 3) }))
        var files = NPYFiles(trainFeatures: x, trainLabels: y, testFeatures: x, testLabels: y, layout: layout)
        files.memory = memory
        return files
    }

    private func bits(_ dataset: any Dataset) -> [UInt32] {
        batch(dataset, Array(0..<dataset.count)).features.map(\.bitPattern)
    }

    func testBitsAreThoseOfArraysInMemory() throws {
        for type in ["|u1", "<i2", "<i4", "<f2", "<f4", ">f4", "<f8", ">f8"] {
            for shape in [[60, 24], [60, 2, 3, 4]] {
                for (choice, held) in [(Standardization.Choice.fromTraining, 0.25), (.off, 0)] {
                    let options = LoadOptions(standardization: choice, validationFraction: held, seed: 3)
                    let name = "\(type), \(shape), \(choice)"
                    let read = try files(type, shape, .read).load(root: nil, options: options)
                    let mapped = try files(type, shape, .map).load(root: nil, options: options)
                    XCTAssertEqual(mapped.standardization, read.standardization, name)
                    XCTAssertEqual(bits(mapped.train), bits(read.train), name)
                    XCTAssertEqual(bits(mapped.test), bits(read.test), name)
                    XCTAssertEqual(mapped.meaning, read.meaning, name)
                    XCTAssertEqual(mapped.notes.count, 2)
                    // Labels alone, and what selects samples.
                    XCTAssertLessThan(mapped.byteCount, 1200, name)
                }
            }
        }
        checkLaws(try files("<f4", [60, 2, 3, 4], .map).load(root: nil).train, "mapped")
        // The same file under a layout with the channels first, and with one channel last.
        for (layout, shape) in [(ArrayLayout.nchw, [60, 2, 3, 4]), (.nhwc, [60, 4, 6, 1])] {
            let (read, mapped) = (
                try files("<f4", shape, .read, layout: layout).load(root: nil),
                try files("<f4", shape, .map, layout: layout).load(root: nil)
            )
            XCTAssertEqual(bits(mapped.train), bits(read.train))
            XCTAssertEqual(mapped.notes.count, 2)
        }
    }

    func testAnotherProcessMapsTheFile() throws {
        for type in ["|u1", "<f8"] {
            let data = try files(type, [60, 2, 3, 4], .map).load(
                root: nil, options: LoadOptions(validationFraction: 0.25, seed: 3))
            for copies in [false, true] {
                let contents = try XCTUnwrap(data.contents(copyingFiles: copies))
                let sent = try JSONDecoder().decode(DataContents.self, from: JSONEncoder().encode(contents))
                let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: contents.byteCount, alignment: 64)
                defer { bytes.deallocate() }
                data.copySamples(to: bytes, copyingFiles: copies)
                let owner = try folder.get()
                XCTAssertEqual(contents.byteCount > 1500, copies)
                let other = try sent.data(in: UnsafeRawBufferPointer(bytes), of: owner)
                XCTAssertEqual(bits(other.train), bits(data.train))
                XCTAssertEqual(bits(other.test), bits(data.test))
                XCTAssertEqual(bits(try XCTUnwrap(other.validation)), bits(try XCTUnwrap(data.validation)))
                XCTAssertEqual(batch(other.test, [4, 5]).labels, [1, 2])
                // A file that has become another one.
                let path = try folder.get().path + "/x.npy"
                let whole = try Data(contentsOf: URL(fileURLWithPath: path))
                try folder.get().write("x.npy", [UInt8](whole) + [0])
                if !copies {
                    XCTAssertEqual(
                        datasetError { _ = try sent.data(in: UnsafeRawBufferPointer(bytes), of: owner) }?.description,
                        "\(path): expected a file of \(whole.count) bytes, found \(whole.count + 1); leave the file as it is while "
                            + "it is in use")
                }
                try folder.get().write("x.npy", [UInt8](whole))
            }
        }
    }

    func testRegression() throws {
        var (read, mapped) = (try files("<f4", [60, 24], .read), try files("<f4", [60, 24], .map))
        let y = try folder.get().write(
            "t.npy", npy("<f8", [60], littleEndian((0..<60).map { Double($0 % 7).bitPattern })))
        (read.trainLabels, read.testLabels) = (FileNames(y), FileNames(y))
        (mapped.trainLabels, mapped.testLabels) = (FileNames(y), FileNames(y))
        let options = LoadOptions(task: .regression())
        let (own, other) = (try mapped.load(root: nil, options: options), try read.load(root: nil, options: options))
        XCTAssertEqual(bits(own.train), bits(other.train))
        XCTAssertEqual((0..<60).map(own.train.target(at:)), (0..<60).map(other.train.target(at:)))
    }

    func testAugmentedBitsAreTheSame() throws {
        let augmentation = Augmentation(crop: 1, flip: true, cutout: 2, seed: 3)
        func augmented(_ memory: ArrayMemory) throws -> [UInt32] {
            let set = try files("<f4", [60, 2, 3, 4], memory).load(root: nil).train
            var features = [Float](repeating: 0, count: 60 * 24)
            var labels = [Int32](repeating: 0, count: 60)
            var featureSpan = features.mutableSpan
            var labelSpan = labels.mutableSpan
            set.copyBatch(
                Array(0..<60).span, augmentedBy: augmentation, epoch: 1, into: &featureSpan, labels: &labelSpan)
            return features.map(\.bitPattern)
        }
        XCTAssertEqual(try augmented(.map), try augmented(.read))
    }

    func testNumbersThatAreNotFinite() throws {
        let files = try files("<f4", [60, 24], .map)
        for (number, place) in [(Float.nan, 5 * 24 + 3), (.infinity, 59 * 24 + 23)] {
            var values = numbers.map { Float($0).bitPattern }
            values[place] = number.bitPattern
            let path = try folder.get().write("x.npy", npy("<f4", [60, 24], littleEndian(values)))
            XCTAssertEqual(
                datasetError { _ = try files.load(root: nil) }?.description,
                "\(path): expected numbers that are finite in 32 bits, found \(Double(number)) as feature \(place % 24) of sample "
                    + "\(place / 24); correct the number, or leave the sample out")
        }
    }

    func testArraysThatHaveToBeRead() throws {
        let last = try files("<f4", [60, 3, 4, 2], .map, layout: .nhwc)
        XCTAssertEqual(datasetError { _ = try last.load(root: nil) }?.code, .invalidOption)
        var packed = try files("<f4", [60, 24], .map)
        let path = try folder.get().path + "/x.npy"
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        packed.trainFeatures = FileNames(try folder.get().write("x.npy.gz", gzip(bytes)))
        XCTAssertEqual(
            datasetError { _ = try packed.load(root: nil) }?.remedy, "save them so, or set data.memory to read")
        try folder.get().write("x.npy", bytes + [0])
        let long = try files("<f4", [60, 24], .map)
        try folder.get().write("x.npy", bytes + [0])
        XCTAssertEqual(datasetError { _ = try long.load(root: nil) }?.code, .trailingBytes)
    }

    func testSizeDecides() {
        // While an array is read there are two copies of it.
        XCTAssertFalse(ArrayMemory.auto.maps(25, memory: 100))
        XCTAssertTrue(ArrayMemory.auto.maps(26, memory: 100))
        XCTAssertFalse(ArrayMemory.auto.maps(.max, memory: nil))
        XCTAssertFalse(ArrayMemory.read.maps(.max, memory: 100))
        XCTAssertTrue(ArrayMemory.map.maps(0, memory: 100))
    }
}
