import LearningRate
import XCTest

/// The sequence of rates, the smoothing and the reasons to stop.
final class RangeTestTests: XCTestCase {
    func testDocumentedDefaults() {
        let test = RangeTest(steps: 100)
        XCTAssertEqual(test.lowestRate, 1e-5)
        XCTAssertEqual(test.highestRate, 10)
        XCTAssertEqual(test.smoothing, 0.98)
        XCTAssertEqual(test.divergence, 4)
        XCTAssertEqual(test.safety, 2.5)
    }

    func testRatesRiseGeometricallyFromEndToEnd() {
        let test = RangeTest(steps: 7)
        for (step, expected) in [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10].enumerated() {
            XCTAssertEqual(test.rate(at: step), expected, accuracy: 1e-14 * expected)
        }
        for steps in [2, 3, 100, 997] {
            let test = RangeTest(steps: steps, lowestRate: 3e-4, highestRate: 0.7)
            XCTAssertEqual(test.rate(at: 0), 3e-4)
            XCTAssertEqual(test.rate(at: steps - 1), 0.7)
            for step in 1..<steps { XCTAssertGreaterThan(test.rate(at: step), test.rate(at: step - 1)) }
        }
    }

    /// s₁ = l₁, s₂ = (β l₁ + l₂) / (β + 1), s₃ = (β² l₁ + β l₂ + l₃) / (β² + β + 1).
    func testSmoothedLossIsTheBiasCorrectedAverage() {
        var test = RangeTest(steps: 10, smoothing: 0.5)
        for loss in [4.0, 1, 3] { XCTAssertEqual(test.record(loss: loss), .proceed) }
        XCTAssertEqual(test.records.map(\.loss), [4, 1, 3])
        XCTAssertEqual(test.records.map(\.step), [0, 1, 2])
        XCTAssertEqual(test.records.map(\.rate), (0..<3).map { test.rate(at: $0) })
        for (record, expected) in zip(test.records, [4, 3 / 1.5, 4.5 / 1.75]) {
            XCTAssertEqual(record.smoothedLoss, expected, accuracy: 1e-14)
        }
    }

    func testTheTestEndsWithItsSteps() {
        var test = RangeTest(steps: 3)
        XCTAssertEqual(test.nextRate, 1e-5)
        XCTAssertEqual(test.record(loss: 1), .proceed)
        XCTAssertEqual(test.nextRate, test.rate(at: 1))
        XCTAssertEqual(test.record(loss: 1), .proceed)
        XCTAssertNil(test.stopReason)
        XCTAssertEqual(test.record(loss: 1), .stop(.finished))
        XCTAssertEqual(test.stopReason, .finished)
        XCTAssertNil(test.nextRate)
    }

    func testItStopsAboveTheMultipleOfTheLowestSmoothedLoss() {
        var test = RangeTest(steps: 100, smoothing: 0)
        for loss in [2.0, 0.5, 2] { XCTAssertEqual(test.record(loss: loss), .proceed) }
        XCTAssertEqual(test.record(loss: 2.0.nextUp), .stop(.diverged(step: 3, rate: test.rate(at: 3))))
        XCTAssertEqual(test.records.count, 4)
    }

    /// A single loss that high does not stop the test: it is the smoothed one that counts.
    func testAnOutlierDoesNotStopASmoothedTest() {
        var test = RangeTest(steps: 100)
        for _ in 0..<50 { XCTAssertEqual(test.record(loss: 1), .proceed) }
        XCTAssertEqual(test.record(loss: 20), .proceed)
    }

    func testItStopsAtALossThatIsNotFinite() {
        for loss in [Double.nan, .infinity, -.infinity] {
            var test = RangeTest(steps: 100)
            XCTAssertEqual(test.record(loss: 1), .proceed)
            XCTAssertEqual(test.record(loss: loss), .stop(.notFinite(step: 1, rate: test.rate(at: 1))))
            XCTAssertEqual(test.records.count, 1, "records are finite")
        }
    }

    func testCopiesGoTheirOwnWay() {
        var test = RangeTest(steps: 10)
        _ = test.record(loss: 1)
        var copy = test
        _ = copy.record(loss: 2)
        XCTAssertEqual(test.records.count, 1)
        XCTAssertEqual(copy.records.count, 2)
    }
}
