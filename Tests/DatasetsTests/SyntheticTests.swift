import Datasets
import XCTest

final class SyntheticTests: XCTestCase {
    private func load(_ set: SyntheticSet, seed: UInt64 = 0) throws -> LoadedData {
        try set.load(root: nil, options: LoadOptions(seed: seed))
    }

    func testLawsAtAnySize() throws {
        for set in [SyntheticSet(), SyntheticSet(sampleShape: [5], classCount: 3, trainCount: 10, testCount: 1)] {
            let data = try load(set)
            checkLaws(data.train, "train")
            checkLaws(data.test, "test")
        }
        let huge = try load(SyntheticSet(trainCount: 1_000_000_000_000))
        checkLaws(huge.train, "10^12 samples")
        XCTAssertNil(huge.standardization)
    }

    func testIsAPureFunctionOfSeedAndIndex() throws {
        let set = SyntheticSet(trainCount: 1000, testCount: 100)
        let first = batch(try load(set, seed: 5).train, [17, 999])
        XCTAssertEqual(batch(try load(set, seed: 5).train, [999]).features, Array(first.features[784...]))
        var other = set
        other.trainCount = 2000
        XCTAssertEqual(batch(try load(other, seed: 5).train, [17, 999]).features, first.features)
        XCTAssertNotEqual(batch(try load(other, seed: 6).train, [17]).features, Array(first.features[..<784]))
    }

    func testTestSamplesAreOthersOfTheSameSequence() throws {
        let long = try load(SyntheticSet(trainCount: 1100, testCount: 1))
        let short = try load(SyntheticSet(trainCount: 1000, testCount: 100))
        XCTAssertEqual(batch(short.test, [0, 99]).features, batch(long.train, [1000, 1099]).features)
        let held = try SyntheticSet(trainCount: 1000, testCount: 1)
            .load(root: nil, options: LoadOptions(validationFraction: 0.1))
        XCTAssertEqual(held.train.count, 900)
        XCTAssertEqual(batch(try XCTUnwrap(held.validation), [0]).features, batch(long.train, [900]).features)
    }

    func testFeaturesAreAboutStandardNormal() throws {
        for noise in [0, 0.4, 2] {
            let data = try load(SyntheticSet(trainCount: 500, noise: noise))
            let (mean, deviation) = moments(data.train, groups: 1)[0]
            XCTAssertEqual(mean, 0, accuracy: 0.05)
            XCTAssertEqual(deviation, 1, accuracy: 0.05)
        }
    }

    /// The nearest class mean of the training samples is the best linear classifier here; of two classes it confuses
    /// Φ(−1/noise), once its means are known well.
    func testErrorGrowsWithNoiseAsStated() throws {
        var errors: [Double] = []
        for noise in [0, 0.5, 1, 2] {
            let set = SyntheticSet(
                sampleShape: [100], classCount: 2, trainCount: 20_000, testCount: 4000, noise: noise)
            let data = try load(set, seed: 3)
            let (features, labels) = batch(data.train, Array(0..<20_000))
            var means = [[Double]](repeating: [Double](repeating: 0, count: 100), count: 2)
            for (sample, label) in labels.enumerated() {
                for feature in 0..<100 {
                    means[Int(label)][feature] += Double(features[sample * 100 + feature]) / 10_000
                }
            }
            let test = batch(data.test, Array(0..<4000))
            let wrong = test.labels.enumerated().filter { sample, label in
                let row = test.features[sample * 100..<(sample + 1) * 100].map(Double.init)
                let distances = means.map { zip($0, row).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
                return (distances[0] < distances[1] ? 0 : 1) != label
            }
            errors.append(Double(wrong.count) / 4000)
        }
        // Φ(−2), Φ(−1), Φ(−1/2); the distance of two templates of 100 features varies by a tenth.
        XCTAssertEqual(errors[0], 0)
        XCTAssertEqual(errors[1], 0.0228, accuracy: 0.02)
        XCTAssertEqual(errors[2], 0.1587, accuracy: 0.05)
        XCTAssertEqual(errors[3], 0.3085, accuracy: 0.05)
    }

    func testDescriptionsThatCannotBe() {
        for set in [
            SyntheticSet(sampleShape: []), SyntheticSet(sampleShape: [1, 1, 2, 2, 2]),
            SyntheticSet(sampleShape: [1, 0, 28]),
            SyntheticSet(sampleShape: [Int.max, 2, 2]), SyntheticSet(classCount: 1), SyntheticSet(trainCount: 0),
            SyntheticSet(trainCount: Int.max), SyntheticSet(noise: -1), SyntheticSet(noise: .infinity),
            SyntheticSet(noise: .nan),
        ] {
            XCTAssertEqual(datasetError { _ = try load(set) }?.code, .invalidOption, "\(set)")
        }
    }
}
