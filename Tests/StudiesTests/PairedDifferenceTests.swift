import Studies
import XCTest

final class PairedDifferenceTests: XCTestCase {
    /// All of one sign: of the 2ⁿ ways to swap, only none and all are as far from 0.
    func testDifferencesOfOneSign() {
        for count in 1...12 {
            let difference = PairedDifference((1...count).map { 0.01 * Double($0) })
            XCTAssertEqual(difference.pValue, 2 / Double(1 << count), accuracy: 1e-15)
            XCTAssertEqual(difference.mean, 0.01 * Double(count + 1) / 2, accuracy: 1e-15)
            XCTAssertGreaterThan(difference.interval.lowerBound, 0)
        }
    }

    func testEqualDifferences() {
        let difference = PairedDifference([0.25, 0.25, 0.25])
        XCTAssertEqual(difference.interval, 0.25...0.25)
        let none = PairedDifference([0, 0, 0, 0])
        XCTAssertEqual(none.interval, 0...0)
        XCTAssertEqual(none.pValue, 1)
    }

    /// Sums of ±1 ±2 ±4: 7 5 3 1 and their negatives. As far as |1 + 2 − 4| = 1: all; as |1 − 2 + 4| = 3: six of eight.
    func testPermutationTestCountsWays() {
        XCTAssertEqual(PairedDifference([1, 2, -4]).pValue, 1)
        XCTAssertEqual(PairedDifference([1, -2, 4]).pValue, 0.75)
        XCTAssertEqual(PairedDifference([-1, 2, 4]).pValue, 0.5)
        XCTAssertEqual(PairedDifference([1, 2, 4]).pValue, 0.25)
        // 0.1 + 0.2 − 0.3 is not 0 in binary; the ways that give it are equally far.
        XCTAssertEqual(PairedDifference([0.1, 0.2, -0.3]).pValue, 1)
    }

    /// The bootstrap's means of {0, 1} are 0, ½, 1 with ¼, ½, ¼.
    func testBootstrapOfTwo() {
        XCTAssertEqual(PairedDifference([0, 1]).interval, 0...1)
    }

    /// The interval of many pairs is that of the normal approximation: mean ± 1.96 σ/√n.
    func testBootstrapOfMany() {
        let differences = (0..<400).map { sin(12.9898 * Double($0)) }
        let difference = PairedDifference(differences)
        let summary = SampleSummary(differences)
        let half = 1.96 * summary.standardDeviation / 20
        XCTAssertEqual(difference.interval.lowerBound, summary.mean - half, accuracy: 0.05 * half)
        XCTAssertEqual(difference.interval.upperBound, summary.mean + half, accuracy: 0.05 * half)
        XCTAssertEqual(PairedDifference(differences), difference)
    }

    /// More pairs than ways can be counted: drawn ones come near the normal approximation.
    func testPermutationTestOfMany() {
        let noise = (0..<100).map { sin(78.233 * Double($0)) }
        XCTAssertLessThan(PairedDifference(noise.map { $0 + 1 }).pValue, 0.001)
        XCTAssertGreaterThan(PairedDifference(noise).pValue, 0.5)
    }

    func testSummaries() {
        let summary = SampleSummary([2, 4, 4, 4, 5, 5, 7, 9])
        XCTAssertEqual(summary.mean, 5)
        XCTAssertEqual(summary.standardDeviation, (32.0 / 7).squareRoot(), accuracy: 1e-15)
        XCTAssertTrue(SampleSummary([3]).standardDeviation.isNaN)
        XCTAssertTrue(SampleSummary([]).mean.isNaN)
        XCTAssertEqual(SampleSummary.median(of: [5, 1, 3]), 3)
        XCTAssertEqual(SampleSummary.median(of: [5, 1, 3, 4]), 3.5)
    }
}

final class LearningCurveTests: XCTestCase {
    private let curve = LearningCurve([
        .init(epoch: 1, seconds: 2, accuracy: 0.5), .init(epoch: 2, seconds: 4, accuracy: 0.9),
        .init(epoch: 4, seconds: 8, accuracy: 0.7),
    ])

    func testWhatACurveReached() {
        XCTAssertEqual(curve.finalAccuracy, 0.7)
        XCTAssertEqual(curve.bestAccuracy, 0.9)
        XCTAssertEqual(curve.reaching(0.7)?.epoch, 2)
        XCTAssertEqual(curve.reaching(0.9)?.seconds, 4)
        XCTAssertNil(curve.reaching(0.91))
    }

    func testAreaIsThatOfTrapezoids() {
        XCTAssertEqual(try XCTUnwrap(curve.area), (0.7 * 1 + 0.8 * 2) / 3, accuracy: 1e-15)
        XCTAssertNil(LearningCurve([.init(epoch: 1, seconds: 1, accuracy: 1)]).area)
    }

    func testMeanIsThatOfEachPoint() {
        let other = LearningCurve([
            .init(epoch: 1, seconds: 4, accuracy: 0.7), .init(epoch: 2, seconds: 6, accuracy: 0.5),
        ])
        // The other one ended after two epochs, and stays as it was.
        let expected: [LearningCurve.Point] = [
            .init(epoch: 1, seconds: 3, accuracy: 0.6), .init(epoch: 2, seconds: 5, accuracy: 0.7),
            .init(epoch: 4, seconds: 7, accuracy: 0.6),
        ]
        XCTAssertEqual(LearningCurve(meanOf: [curve, other]).points, expected)
        XCTAssertEqual(LearningCurve(meanOf: [other, curve]).points, expected)
        XCTAssertEqual(LearningCurve(meanOf: []).points, [])
    }

    /// The quartiles of 1 2 3 4 5 6 7 8 and a ninth value, by Tukey's hinges, are 3 and 7: 19 is the last that is not far out.
    func testRangeWithoutOutliers() {
        let values = [5.0, 1, 8, 2, 7, 3, 6, 4]
        XCTAssertEqual(SampleSummary.rangeWithoutOutliers(of: values + [19]), 1...19)
        XCTAssertEqual(SampleSummary.rangeWithoutOutliers(of: values + [19.1]), 1...8)
        XCTAssertEqual(SampleSummary.rangeWithoutOutliers(of: [98.2, 98.3, 11.4, 98.1, 98.2, 98.3]), 98.1...98.3)
        XCTAssertEqual(SampleSummary.rangeWithoutOutliers(of: [4]), 4...4)
        XCTAssertNil(SampleSummary.rangeWithoutOutliers(of: []))
    }
}
