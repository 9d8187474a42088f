import DataFilesTestSupport
import Datasets
import XCTest

/// Another set through its ``copyBatch(_:into:labels:)`` alone: what a set does that has no transformation of its own.
private struct PlainDataset: Dataset {
    let base: any Dataset
    var count: Int { base.count }
    var sampleShape: [Int] { base.sampleShape }
    var featureCount: Int { base.featureCount }
    var classCount: Int { base.classCount }
    var standardization: Standardization? { base.standardization }

    func label(at index: Int) -> Int32 { base.label(at: index) }

    func copyBatch(_ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>) {
        base.copyBatch(indices, into: &features, labels: &labels)
    }
}

final class AugmentationTests: XCTestCase {
    private static let statistics = Standardization(
        mean: [0.5, 0.25, 0.125], standardDeviation: [0.25, 0.3, 0.7])

    /// 40 images whose pixels are all different from 0 once they are standardised.
    private func images(mirrored: Bool = false, standardization: Standardization? = statistics) throws -> any Dataset {
        let folder = try TemporaryFolder()
        try folder.write(
            "images",
            cifar((0..<40).map { [UInt8($0 % 10)] }) { sample, channel, row, column in
                let column = mirrored ? 31 - column : column
                return UInt8(truncatingIfNeeded: 1 + (sample * 389 + channel * 101 + row * 37 + column * 7) % 251)
            })
        let files = CIFAR10(train: ["images"], test: ["images"])
        let options = LoadOptions(standardization: standardization.map { .given($0) } ?? .off)
        return try files.load(root: folder.path, options: options).train
    }

    private func augmented(
        _ dataset: any Dataset, _ indices: [Int], by augmentation: Augmentation?, epoch: Int = 3
    ) -> (features: [Float], labels: [Int32]) {
        var features = [Float](repeating: .nan, count: indices.count * dataset.featureCount)
        var labels = [Int32](repeating: -1, count: indices.count)
        var featureSpan = features.mutableSpan
        var labelSpan = labels.mutableSpan
        indices.withUnsafeBufferPointer {
            dataset.copyBatch(
                Span(_unsafeElements: $0), augmentedBy: augmentation, epoch: epoch, into: &featureSpan,
                labels: &labelSpan)
        }
        return (features, labels)
    }

    private func transformed(_ dataset: any Dataset, _ index: Int, _ transformation: ImageTransformation) -> [Float] {
        var features = [Float](repeating: .nan, count: dataset.featureCount)
        var labels: [Int32] = [-1]
        var featureSpan = features.mutableSpan
        var labelSpan = labels.mutableSpan
        withUnsafePointer(to: index) { index in
            withUnsafePointer(to: transformation) { transformation in
                dataset.copyBatch(
                    Span(_unsafeStart: index, count: 1),
                    transformedBy: Span(_unsafeStart: transformation, count: 1), into: &featureSpan,
                    labels: &labelSpan)
            }
        }
        return features
    }

    /// Pixel by pixel, from the definition.
    private func expected(_ dataset: any Dataset, _ index: Int, _ transformation: ImageTransformation) -> [Float] {
        let image = batch(dataset, [index]).features
        let (height, width) = (dataset.sampleShape[1], dataset.sampleShape[2])
        var result: [Float] = []
        for channel in 0..<dataset.sampleShape[0] {
            let black = dataset.standardization.map { Float(-$0.mean[channel] / $0.standardDeviation[channel]) } ?? 0
            for row in 0..<height {
                for column in 0..<width {
                    let sourceRow = row + Int(transformation.rowShift)
                    let unmirrored = transformation.isMirrored ? width - 1 - column : column
                    let sourceColumn = unmirrored + Int(transformation.columnShift)
                    if transformation.erasedRows.contains(Int32(row)),
                        transformation.erasedColumns.contains(Int32(column))
                    {
                        result.append(0)
                    } else if (0..<height).contains(sourceRow), (0..<width).contains(sourceColumn) {
                        result.append(image[(channel * height + sourceRow) * width + sourceColumn])
                    } else {
                        result.append(black)
                    }
                }
            }
        }
        return result
    }

    private func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }

    func testEveryPixelIsWhereTheDefinitionSays() throws {
        let all = Augmentation(crop: 4, flip: true, cutout: 16, seed: 5)
        for set in [try images(), try images(standardization: nil), PlainDataset(base: try images())] as [any Dataset] {
            for augmentation in [
                all, Augmentation(crop: 4, seed: 5), Augmentation(flip: true, seed: 5),
                Augmentation(cutout: 7, seed: 5),
                Augmentation(crop: 31, flip: true, seed: 6),
            ] {
                let features = augmented(set, Array(0..<40), by: augmentation).features
                for index in 0..<40 {
                    let transformation = augmentation.transformation(ofSample: index, epoch: 3, height: 32, width: 32)
                    XCTAssertEqual(
                        Array(features[index * 3072..<(index + 1) * 3072]), expected(set, index, transformation),
                        "\(augmentation), sample \(index): \(transformation)")
                }
            }
        }
    }

    func testShiftsBeyondTheImageLeaveItBlack() throws {
        let set = try images()
        for shift in [-40, -33, -32, -31, -1, 0, 1, 31, 32, 33, 40] as [Int32] {
            for (rows, columns) in [(shift, 0), (0, shift), (shift, -shift)] as [(Int32, Int32)] {
                for isMirrored in [false, true] {
                    var transformation = ImageTransformation()
                    (transformation.rowShift, transformation.columnShift) = (rows, columns)
                    transformation.isMirrored = isMirrored
                    let expected = expected(set, 7, transformation)
                    XCTAssertEqual(transformed(set, 7, transformation), expected, "\(transformation)")
                    XCTAssertEqual(transformed(PlainDataset(base: set), 7, transformation), expected)
                }
            }
        }
    }

    func testAllSetsGiveTheSameBits() throws {
        let augmentation = Augmentation(crop: 4, flip: true, cutout: 16, seed: 9)
        for set in [try images(), try images(standardization: nil)] {
            let indices = (0..<150).map { ($0 * 7) % 40 }
            let own = augmented(set, indices, by: augmentation)
            let other = augmented(PlainDataset(base: set), indices, by: augmentation)
            XCTAssertEqual(bits(own.features), bits(other.features))
            XCTAssertEqual(own.labels, other.labels)
            XCTAssertEqual(own.labels, batch(set, indices).labels)
        }
        // A black pixel is the same in an image and around it, also where the mean is 0.
        let folder = try TemporaryFolder()
        try folder.write("black", cifar([[0]]) { _, _, _, _ in 0 })
        let files = CIFAR10(train: ["black"], test: ["black"])
        for choice in [
            Standardization.Choice.off, .given(Self.statistics),
            .given(Standardization(mean: [0, 0, 0], standardDeviation: [1, 1, 1])),
        ] {
            let data = try files.load(
                root: folder.path, options: LoadOptions(standardization: choice))
            for set in [data.train, PlainDataset(base: data.train)] {
                let moved = augmented(set, [0], by: Augmentation(crop: 20, flip: true, seed: 1))
                XCTAssertEqual(bits(moved.features), bits(batch(data.train, [0]).features))
            }
        }
    }

    func testDigitsAreImagesToo() throws {
        let data = try EmbeddedDigits().load(root: nil)
        let augmentation = Augmentation(crop: 2, flip: true, cutout: 3, seed: 2)
        let own = augmented(data.train, Array(0..<200), by: augmentation)
        XCTAssertEqual(
            bits(own.features),
            bits(augmented(PlainDataset(base: data.train), Array(0..<200), by: augmentation).features))
        let transformation = augmentation.transformation(ofSample: 199, epoch: 3, height: 8, width: 8)
        XCTAssertEqual(Array(own.features[(199 * 64)...]), expected(data.train, 199, transformation))
    }

    /// What happens is decided by the index in the set that is asked, not in the one that lies below.
    func testSubsets() throws {
        let set = try images()
        let rest = try set.holdingOut(0.5, seed: 1).rest
        let augmentation = Augmentation(crop: 4, flip: true, cutout: 16, seed: 9)
        let indices = (0..<130).map { ($0 * 3) % 20 }
        let (features, labels) = augmented(rest, indices, by: augmentation)
        XCTAssertEqual(bits(features), bits(augmented(PlainDataset(base: rest), indices, by: augmentation).features))
        XCTAssertEqual(labels, batch(rest, indices).labels)
    }

    func testIsAPureFunctionOfSeedEpochAndSample() throws {
        let set = try images()
        let augmentation = Augmentation(crop: 4, flip: true, cutout: 16, seed: 9)
        // Backwards, with repetitions, and more than any internal piece.
        let indices = (0..<150).map { (149 - $0) * 11 % 40 }
        let whole = augmented(set, indices, by: augmentation).features
        for (position, index) in indices.enumerated() {
            XCTAssertEqual(
                bits(Array(whole[position * 3072..<(position + 1) * 3072])),
                bits(augmented(set, [index], by: augmentation).features))
        }
        func transformations(_ augmentation: Augmentation, epoch: Int) -> [ImageTransformation] {
            (0..<100).map { augmentation.transformation(ofSample: $0, epoch: epoch, height: 32, width: 32) }
        }
        let first = transformations(augmentation, epoch: 3)
        func different(_ others: [ImageTransformation]) -> Int { zip(first, others).count { $0 != $1 } }
        XCTAssertEqual(different(transformations(augmentation, epoch: 3)), 0)
        XCTAssertEqual(different(transformations(augmentation, epoch: 4)), 100)
        var other = augmentation
        other.seed = 10
        XCTAssertEqual(different(transformations(other, epoch: 3)), 100)
        XCTAssertEqual(different(Array(first.dropFirst())), 99)
    }

    func testNoAugmentationIsTheIdentity() throws {
        for set in [
            try images(), try images().holdingOut(0.5, seed: 1).rest, try EmbeddedDigits().load(root: nil).train,
        ]
            as [any Dataset]
        {
            let indices = (0..<100).map { $0 % 20 }
            let plain = batch(set, indices)
            for augmentation in [nil, Augmentation(seed: 4)] {
                let (features, labels) = augmented(set, indices, by: augmentation)
                XCTAssertEqual(bits(features), bits(plain.features))
                XCTAssertEqual(labels, plain.labels)
            }
        }
        // A table can be asked too, as long as nothing is changed.
        let table = try IDXFiles.read(
            images: ByteInput(bytes: idx([2, 3], [1, 2, 3, 4, 5, 6]), name: "x"),
            labels: ByteInput(bytes: idx([2], [0, 1]), name: "y"), classCount: nil)
        XCTAssertEqual(augmented(table, [1], by: nil).features, [4, 5, 6])
    }

    func testTwoFlipsAreNone() throws {
        var flip = ImageTransformation()
        flip.isMirrored = true
        let (set, mirrored) = (try images(), try images(mirrored: true))
        for index in 0..<40 {
            XCTAssertEqual(bits(transformed(mirrored, index, flip)), bits(batch(set, [index]).features))
            XCTAssertNotEqual(transformed(set, index, flip), batch(set, [index]).features)
        }
    }

    /// Every place of the crop, mirrored or not, is as frequent as any other.
    func testPlacesAreUniform() {
        let augmentation = Augmentation(crop: 4, flip: true, seed: 1)
        let draws = 162 * 500
        var counts = [Int](repeating: 0, count: 162)
        for sample in 0..<draws {
            let drawn = augmentation.transformation(ofSample: sample, epoch: 0, height: 32, width: 32)
            XCTAssert((-4...4).contains(drawn.rowShift) && (-4...4).contains(drawn.columnShift))
            counts[Int(drawn.rowShift + 4) * 18 + Int(drawn.columnShift + 4) * 2 + (drawn.isMirrored ? 1 : 0)] += 1
        }
        let distance = counts.reduce(0) { $0 + Double(($1 - 500) * ($1 - 500)) / 500 }
        // χ² of 161 degrees of freedom has mean 161 and deviation 17.9.
        XCTAssertEqual(distance, 161, accuracy: 4 * 17.9)
    }

    func testSquaresAreCentredAnywhereAndClipped() throws {
        for side in [1, 2, 7, 16, 32] {
            let augmentation = Augmentation(cutout: side, seed: 1)
            var places: [Range<Int32>: Int] = [:]
            for sample in 0..<32 * 500 {
                let drawn = augmentation.transformation(ofSample: sample, epoch: 0, height: 32, width: 64)
                places[drawn.erasedRows, default: 0] += 1
                XCTAssertLessThanOrEqual(drawn.erasedColumns.count, side)
                XCTAssert(drawn.erasedColumns.lowerBound >= 0 && drawn.erasedColumns.upperBound <= 64)
            }
            // One place for each of the 32 rows of the centre.
            let expected = (0..<32).map { centre in
                Int32(max(centre - side / 2, 0))..<Int32(min(centre - side / 2 + side, 32))
            }
            XCTAssertEqual(Set(places.keys), Set(expected))
            for range in expected {
                // Deviation √500 a centre; squares as large as the image have clipped places that coincide.
                let centres = Double(expected.count { $0 == range })
                XCTAssertEqual(Double(places[range] ?? 0), 500 * centres, accuracy: 5 * (500 * centres).squareRoot())
            }
        }
    }

    /// The row of the centre says nothing about its column.
    func testCentresAreUniform() {
        let augmentation = Augmentation(cutout: 1, seed: 1)
        var counts = [Int](repeating: 0, count: 64)
        for sample in 0..<64 * 500 {
            let drawn = augmentation.transformation(ofSample: sample, epoch: 0, height: 32, width: 64)
            counts[Int(drawn.erasedRows.lowerBound / 4 * 8 + drawn.erasedColumns.lowerBound / 8)] += 1
        }
        let distance = counts.reduce(0) { $0 + Double(($1 - 500) * ($1 - 500)) / 500 }
        // χ² of 63 degrees of freedom has mean 63 and deviation 11.2.
        XCTAssertEqual(distance, 63, accuracy: 4 * 11.2)
    }

    func testErasedPixelsAreTheMean() throws {
        let set = try images()
        let augmentation = Augmentation(cutout: 16, seed: 3)
        let plain = batch(set, Array(0..<40)).features
        XCTAssertFalse(plain.contains(0))
        let features = augmented(set, Array(0..<40), by: augmentation).features
        for index in 0..<40 {
            let drawn = augmentation.transformation(ofSample: index, epoch: 3, height: 32, width: 32)
            for channel in 0..<3 {
                let start = (index * 3 + channel) * 1024
                let erased = (start..<start + 1024).filter { features[$0] == 0 }
                XCTAssertEqual(erased.count, drawn.erasedRows.count * drawn.erasedColumns.count)
                XCTAssert((64...256).contains(erased.count))
                for place in start..<start + 1024 where features[place] != 0 {
                    XCTAssertEqual(features[place], plain[place])
                }
            }
        }
    }
}
