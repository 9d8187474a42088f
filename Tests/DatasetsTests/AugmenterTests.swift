import DataFilesTestSupport
import Datasets
import Foundation
import XCTest

/// Images that are computed anew or mixed, as batches present them.
final class AugmenterTests: XCTestCase {
    private static let shape = [3, 8, 8]
    private static let count = 40

    private func images(_ standardization: Standardization? = statistics) throws -> any Dataset {
        let folder = try TemporaryFolder()
        let pixels = (0..<Self.count * 192).map { UInt8(truncatingIfNeeded: 1 + ($0 &* 389 + $0 / 64 * 41) % 251) }
        try folder.write("x.npy", npy("|u1", [Self.count] + Self.shape, pixels))
        try folder.write("y.npy", npy("|u1", [Self.count], (0..<Self.count).map { UInt8($0 % 10) }))
        let files = NPYFiles(trainFeatures: "x.npy", trainLabels: "y.npy", testFeatures: "x.npy", testLabels: "y.npy")
        return try files.load(
            root: folder.path, options: LoadOptions(standardization: standardization.map { .given($0) } ?? .off)
        ).train
    }

    private static let statistics = Standardization(
        mean: [0.5, 0.25, 0.125], standardDeviation: [0.25, 0.3, 0.7])

    private typealias Presented = (features: [Float], labels: [Int32], others: [Int32], shares: [Float])

    private func presented(
        _ dataset: any Dataset, _ indices: [Int], by augmentation: Augmentation, epoch: Int = 2
    ) -> Presented {
        let augmenter = Augmenter(augmentation, sampleShape: dataset.sampleShape, largestBatch: indices.count)
        var features = [Float](repeating: .nan, count: indices.count * dataset.featureCount)
        var labels = [Int32](repeating: -1, count: indices.count)
        indices.withUnsafeBufferPointer {
            var featureSpan = features.mutableSpan
            var labelSpan = labels.mutableSpan
            augmenter.copyBatch(
                Span(_unsafeElements: $0), of: dataset, epoch: epoch, into: &featureSpan, labels: &labelSpan)
        }
        let mixed = augmenter.mixedLabels
        return withExtendedLifetime(augmenter) {
            (features, labels, mixed.map { Array($0.others) } ?? [], mixed.map { Array($0.shares) } ?? [])
        }
    }

    private func everything(seed: UInt64 = 4) -> Augmentation {
        var augmentation = Augmentation(flip: true, cutout: 3, seed: seed)
        augmentation.randomResizedCrop = RandomResizedCrop()
        augmentation.rotation = 20
        augmentation.randAugment = RandAugment()
        augmentation.colorJitter = ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1)
        augmentation.mixup = Mixup()
        augmentation.cutmix = CutMix()
        return augmentation
    }

    private func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }

    /// Whatever batch a sample is in, it is the same, and so are its labels and their shares.
    func testIsAPureFunctionOfSeedEpochAndSample() throws {
        let set = try images()
        let augmentation = everything()
        let indices = (0..<100).map { (99 - $0) * 11 % Self.count }
        let whole = presented(set, indices, by: augmentation)
        for (position, index) in indices.enumerated() {
            let one = presented(set, [index], by: augmentation)
            XCTAssertEqual(bits(whole.features[position * 192..<(position + 1) * 192]), bits(one.features))
            XCTAssertEqual(whole.labels[position], one.labels[0])
            XCTAssertEqual(whole.others[position], one.others[0])
            XCTAssertEqual(whole.shares[position], one.shares[0])
        }
        XCTAssert(whole.features.allSatisfy(\.isFinite))
        XCTAssertNotEqual(whole.features, presented(set, indices, by: augmentation, epoch: 3).features)
        XCTAssertNotEqual(whole.features, presented(set, indices, by: everything(seed: 5)).features)
    }

    /// Crop, flip and cutout alone are the bits of the way without an augmenter.
    func testMovesAloneAreTheSameBits() throws {
        let set = try images()
        let indices = (0..<100).map { $0 * 7 % Self.count }
        let augmentation = Augmentation(crop: 2, flip: true, cutout: 3, seed: 9)
        var features = [Float](repeating: .nan, count: 100 * 192)
        var labels = [Int32](repeating: -1, count: 100)
        indices.withUnsafeBufferPointer {
            var featureSpan = features.mutableSpan
            var labelSpan = labels.mutableSpan
            set.copyBatch(
                Span(_unsafeElements: $0), augmentedBy: augmentation, epoch: 2, into: &featureSpan, labels: &labelSpan)
        }
        let found = presented(set, indices, by: augmentation)
        XCTAssertEqual(bits(found.features), bits(features))
        XCTAssertEqual(found.labels, labels)
        XCTAssertEqual(found.shares, [])
    }

    /// Colours that go from the values presented to 0 ... 1 and back: twice as bright is twice the raw value, up to white.
    func testColoursAreOfTheRawValues() throws {
        for statistics in [nil, Self.statistics] {
            let set = try images(statistics)
            var augmentation = Augmentation(seed: 1)
            augmentation.colorJitter = ColorJitter(brightness: 0.6)
            let indices = Array(0..<Self.count)
            let found = presented(set, indices, by: augmentation).features
            let plain = batch(set, indices).features
            func raw(_ values: [Float], _ place: Int) -> Float {
                let channel = place / 64 % 3
                guard let statistics else { return values[place] }
                return values[place] * Float(statistics.standardDeviation[channel]) + Float(statistics.mean[channel])
            }
            var factors: [Float] = []
            for index in indices {
                // The darkest pixel is not clipped.
                let places = index * 192..<(index + 1) * 192
                let darkest = places.filter { raw(plain, $0) > 0.02 }.min { raw(plain, $0) < raw(plain, $1) }!
                let factor = raw(found, darkest) / raw(plain, darkest)
                factors.append(factor)
                for place in places {
                    XCTAssertEqual(raw(found, place), min(factor * raw(plain, place), 1), accuracy: 2e-4)
                }
            }
            XCTAssert(factors.allSatisfy { (0.39...1.61).contains($0) })
            XCTAssertGreaterThan(factors.max()! - factors.min()!, 0.8)
        }
    }

    func testMixupIsTheWeightedMean() throws {
        let set = try images()
        var augmentation = Augmentation(flip: true, seed: 6)
        let indices = Array(0..<Self.count)
        let plain = presented(set, indices, by: augmentation)
        augmentation.mixup = Mixup(alpha: 1)
        let found = presented(set, indices, by: augmentation)
        for index in indices {
            let mixture = augmentation.mixture(ofSample: index, of: Self.count, epoch: 2, height: 8, width: 8)
            let (own, partner) = (Float(mixture.share), mixture.partner)
            for place in 0..<192 {
                XCTAssertEqual(
                    found.features[index * 192 + place],
                    own * plain.features[index * 192 + place] + (1 - own) * plain.features[partner * 192 + place],
                    accuracy: 1e-5)
            }
            checkLabels(found, index, plain.labels, mixture)
        }
    }

    func testCutMixReplacesARectangle() throws {
        let set = try images()
        var augmentation = Augmentation(seed: 6)
        let indices = Array(0..<Self.count)
        let plain = presented(set, indices, by: augmentation)
        augmentation.cutmix = CutMix()
        let found = presented(set, indices, by: augmentation)
        for index in indices {
            let mixture = augmentation.mixture(ofSample: index, of: Self.count, epoch: 2, height: 8, width: 8)
            let rectangle = try XCTUnwrap(mixture.rectangle)
            var replaced = 0
            for place in 0..<192 {
                let isInside = rectangle.rows.contains(place / 8 % 8) && rectangle.columns.contains(place % 8)
                replaced += isInside ? 1 : 0
                let source = isInside ? mixture.partner : index
                XCTAssertEqual(found.features[index * 192 + place], plain.features[source * 192 + place])
            }
            XCTAssertEqual(mixture.share, 1 - Double(replaced) / 192, accuracy: 1e-12)
            checkLabels(found, index, plain.labels, mixture)
        }
    }

    /// The label is that with the larger share.
    private func checkLabels(_ found: Presented, _ index: Int, _ labels: [Int32], _ mixture: SampleMixture) {
        let pair = [labels[index], labels[mixture.partner]]
        XCTAssertEqual([found.labels[index], found.others[index]], mixture.share >= 0.5 ? pair : pair.reversed())
        XCTAssertEqual(found.shares[index], Float(max(mixture.share, 1 - mixture.share)))
    }

    /// Each sample is the partner of one, and pairs change from epoch to epoch.
    func testPartnersAreAPermutation() {
        var augmentation = Augmentation(seed: 6)
        augmentation.mixup = Mixup()
        func partners(_ epoch: Int) -> [Int] {
            (0..<1000).map {
                augmentation.mixture(ofSample: $0, of: 1000, epoch: epoch, height: 8, width: 8).partner
            }
        }
        XCTAssertEqual(partners(1).sorted(), Array(0..<1000))
        XCTAssertNotEqual(partners(1), partners(2))
    }

    /// Moments of Beta(α, α): mean ½ and variance 1 / (8 α + 4); and with both ways of mixing each for half of the samples.
    func testSharesHaveTheirDistribution() {
        let draws = 20_000
        for alpha in [0.05, 0.2, 1, 4] {
            var augmentation = Augmentation(seed: 2)
            augmentation.mixup = Mixup(alpha: alpha)
            let shares = (0..<draws).map {
                augmentation.mixture(ofSample: $0, of: draws, epoch: 0, height: 8, width: 8).share
            }
            XCTAssert(shares.allSatisfy { (0...1).contains($0) })
            let mean = shares.reduce(0, +) / Double(draws)
            let variance = shares.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / Double(draws)
            XCTAssertEqual(mean, 0.5, accuracy: 5 * (1 / (8 * alpha + 4) / Double(draws)).squareRoot())
            // The deviation of the squares is at most 1/8.
            XCTAssertEqual(variance, 1 / (8 * alpha + 4), accuracy: 5 * 0.125 / Double(draws).squareRoot())
        }
        var both = Augmentation(seed: 2)
        (both.mixup, both.cutmix) = (Mixup(), CutMix())
        let rectangles = (0..<draws).count {
            both.mixture(ofSample: $0, of: draws, epoch: 0, height: 8, width: 8).rectangle != nil
        }
        XCTAssertEqual(Double(rectangles), Double(draws) / 2, accuracy: 5 * 0.5 * Double(draws).squareRoot())
    }

    func testObstacles() {
        var augmentation = Augmentation(seed: 1)
        augmentation.colorJitter = ColorJitter(brightness: 0.1)
        XCTAssertNil(augmentation.obstacle(forSamplesOf: [3, 8, 8]))
        XCTAssertNil(augmentation.obstacle(forSamplesOf: [3, 8, 8], fullScale: 255))
        XCTAssertEqual(augmentation.obstacle(forSamplesOf: [2, 8, 8])?.key, "colorJitter")
        XCTAssertEqual(
            augmentation.obstacle(forSamplesOf: [3, 8, 8], fullScale: 1)?.expected,
            "images of bytes, from black to full")
        XCTAssertEqual(augmentation.obstacle(forSamplesOf: [8])?.expected, "images")
        var twice = Augmentation(crop: 2, seed: 1)
        twice.randomResizedCrop = RandomResizedCrop()
        XCTAssertEqual(twice.problem?.key, "crop")
    }
}
