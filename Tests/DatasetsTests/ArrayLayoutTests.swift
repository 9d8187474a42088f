import DataFilesTestSupport
import Datasets
import XCTest

/// Arrays with their dimensions in another order are presented as those with the channels first.
final class ArrayLayoutTests: XCTestCase {
    private let folder = Result { try TemporaryFolder() }
    private let labels = (0..<12).map { UInt8($0 % 3) }

    /// Elements of an array of `sizes`, the places of its dimensions exchanged: dimension i is dimension `order[i]` of `elements`.
    private func permuted(_ elements: [Int], _ sizes: [Int], _ order: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: sizes.count)
        for place in (0..<sizes.count - 1).reversed() { strides[place] = strides[place + 1] * sizes[place + 1] }
        let count = elements.count
        return (0..<count).map { number in
            var (rest, place) = (number, 0)
            for dimension in order.reversed() {
                place += rest % sizes[dimension] * strides[dimension]
                rest /= sizes[dimension]
            }
            return elements[place]
        }
    }

    private func file(_ name: String, _ shape: [Int], _ values: [Int], _ type: String) throws -> String {
        let bytes: [UInt8] =
            switch type {
            case "|u1": values.map { UInt8(truncatingIfNeeded: $0) }
            case "<f4": littleEndian(values.map { (Float($0) / 3).bitPattern })
            default: littleEndian(values.map { (Double($0) / 3).bitPattern })
            }
        return try folder.get().write(name, npy(type, shape, bytes))
    }

    private func load(_ features: String, _ layout: ArrayLayout?) throws -> (format: NPYFiles, data: LoadedData) {
        let y = try folder.get().write("y.npy", npy("|u1", [12], labels))
        let format = NPYFiles(
            trainFeatures: features, trainLabels: y, testFeatures: features, testLabels: y, layout: layout)
        return (format, try format.load(root: nil))
    }

    func testChannelsLastAreBroughtFirst() throws {
        for (first, last, sizes) in [
            (ArrayLayout.nchw, ArrayLayout.nhwc, [12, 3, 4, 5]), (.ncl, .nlc, [12, 3, 7]),
            (.ncdhw, .ndhwc, [12, 2, 3, 4, 5]), (.nchw, .nhwc, [12, 1, 4, 5]),
        ] {
            let values = (0..<sizes.reduce(1, *)).map { $0 * 37 % 251 }
            let order = [0] + Array(2..<sizes.count) + [1]
            for type in ["|u1", "<f4", "<f8"] {
                let plain = try load(try file("first.npy", sizes, values, type), first).data
                let (format, data) = try load(
                    try file("last.npy", order.map { sizes[$0] }, permuted(values, sizes, order), type), last)
                XCTAssertEqual(data.train.sampleShape, plain.train.sampleShape)
                XCTAssertEqual(data.train.sampleShape, Array(sizes.dropFirst()))
                XCTAssertEqual(data.standardization, plain.standardization)
                XCTAssertEqual(data.standardization?.mean.count, sizes[1])
                let all = Array(0..<12)
                XCTAssertEqual(batch(data.train, all).features, batch(plain.train, all).features, "\(last), \(type)")
                XCTAssertEqual(data.warnings, [])
                checkLaws(data.train, "\(last)")

                // The same file to be predicted.
                let options = LoadOptions(
                    standardization: .given(try XCTUnwrap(data.standardization)), meaning: data.meaning)
                var reader = try format.reader(of: try folder.get().path + "/last.npy", options)
                var features: [Float] = []
                while let piece = try reader.next(5) { features += batch(piece, Array(0..<piece.count)).features }
                XCTAssertEqual(features, batch(plain.train, all).features, "\(last), \(type)")
            }
        }
    }

    /// Values, not only another way that agrees.
    func testPlaces() throws {
        // [1, 2, 2, 3], pixels of three channels.
        let x = try folder.get().write("x.npy", npy("|u1", [1, 2, 2, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]))
        let y = try folder.get().write("z.npy", npy("|u1", [1], [0]))
        let format = NPYFiles(
            trainFeatures: x, trainLabels: y, testFeatures: x, testLabels: y, layout: .nhwc)
        let data = try format.load(root: nil, options: LoadOptions(standardization: .off))
        XCTAssertEqual(
            batch(data.train, [0]).features.map { Int(($0 * 255).rounded()) }, [1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12])
    }

    func testOtherNumbersOfDimensions() throws {
        let values = Array(0..<12 * 20)
        let x = try file("x.npy", [12, 4, 5], values, "|u1")
        XCTAssertEqual(
            datasetError { _ = try load(x, .nhwc) }?.description,
            "\(x): expected 4 dimensions (data.layout: NHWC), found 3 (12 x 4 x 5); correct data.layout, or leave it out for "
                + "[N, features], [N, H, W] or [N, C, H, W]")
        let volumes = try file("v.npy", [12, 1, 2, 2, 5], values, "|u1")
        XCTAssertEqual(try load(volumes, nil).data.train.sampleShape, [1, 2, 2, 5])
        let more = try file("m.npy", [12, 1, 2, 2, 5, 1], values, "|u1")
        XCTAssertEqual(
            datasetError { _ = try load(more, nil) }?.remedy,
            "give a file of [N, features], [N, H, W], [N, C, H, W] or [N, C, D, H, W], and of [N] labels")
    }
}
