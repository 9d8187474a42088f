import LearningRate
import LearningRateTestSupport
import XCTest

final class MutualInformationStopTests: XCTestCase {
    /// With a standard error of 0.03 and 0.04, I may change by 0.05.
    private func metrics(
        _ cycle: Int, _ information: Double, error: Double = 0.03, labelEntropy: Double = 1
    ) -> GlobalMetrics {
        GlobalMetrics(
            cycle: cycle, step: cycle + 1, cycleLength: 1, sampleCount: 100, loss: 1, accuracy: 0.5,
            labelEntropy: labelEntropy, mutualInformation: information, standardError: error, residual: 0.5)
    }

    private func ends(
        _ stop: MutualInformationStop, _ information: [Double], minimumFrom: Int = 0
    ) -> [Bool] {
        var stop = stop
        return information.enumerated().map { cycle, value in
            stop.observe(
                metrics(cycle, value, error: cycle.isMultiple(of: 2) ? 0.03 : 0.04),
                rateIsAtMinimum: cycle >= minimumFrom)
        }
    }

    func testItTakesThreeCyclesWithoutGainInARow() {
        XCTAssertEqual(MutualInformationStop(), MutualInformationStop(cycles: 3))
        XCTAssertEqual(ends(.init(), [0.5, 0.5, 0.5, 0.5, 0.5]), [false, false, false, true, true])
        XCTAssertEqual(ends(.init(cycles: 1), [0.5, 0.5]), [false, true])
        XCTAssertEqual(
            ends(.init(cycles: 2), [0.5, 0.5, 0.7, 0.7, 0.7]), [false, false, false, false, true])
    }

    func testAChangeOfTheErrorIsNoGainAndOneAboveItIs() {
        for change in [0.0499, -0.0499] { XCTAssertEqual(ends(.init(cycles: 1), [0.5, 0.5 + change])[1], true) }
        for change in [0.0501, -0.0501] { XCTAssertEqual(ends(.init(cycles: 1), [0.5, 0.5 + change])[1], false) }
    }

    /// From 0.03² + 0.04² = 0.05² only rounding is left, so both are without error.
    func testAChangeWithoutErrorCounts() {
        var stop = MutualInformationStop(cycles: 1)
        XCTAssertFalse(stop.observe(metrics(0, 1, error: 0), rateIsAtMinimum: true))
        XCTAssertTrue(stop.observe(metrics(1, 1, error: 0), rateIsAtMinimum: true))
        XCTAssertFalse(stop.observe(metrics(2, 1.0.nextUp, error: 0), rateIsAtMinimum: true))
    }

    func testCyclesCountOnlyAtTheLowestRate() {
        XCTAssertEqual(
            ends(.init(cycles: 2), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], minimumFrom: 3),
            [false, false, false, false, true, true])
        var stop = MutualInformationStop(cycles: 2)
        let minimum = [true, true, false, true, true]
        XCTAssertEqual(
            minimum.enumerated().map { stop.observe(metrics($0, 0.5), rateIsAtMinimum: $1) },
            [false, false, false, false, true])
    }

    func testACycleOfOneLabelChangesNothing() {
        var stop = MutualInformationStop(cycles: 1)
        XCTAssertFalse(stop.observe(metrics(0, 0.5), rateIsAtMinimum: true))
        let before = stop
        XCTAssertFalse(stop.observe(metrics(1, 0, error: 0, labelEntropy: 0), rateIsAtMinimum: true))
        XCTAssertEqual(stop, before)
        XCTAssertTrue(stop.observe(metrics(2, 0.5), rateIsAtMinimum: true))
    }

    func testCodingInMidRunKeepsTheFuture() throws {
        var stop = MutualInformationStop(cycles: 2)
        for cycle in 0..<4 {
            let text = try JSONEncoder().encode(stop)
            var copy = try JSONDecoder().decode(MutualInformationStop.self, from: text)
            XCTAssertEqual(copy, stop)
            XCTAssertEqual(
                copy.observe(metrics(cycle, 0.5), rateIsAtMinimum: true),
                stop.observe(metrics(cycle, 0.5), rateIsAtMinimum: true))
        }
        for text in [#"{"cycles":0,"count":0}"#, #"{"cycles":1,"count":-1}"#] {
            XCTAssertThrowsError(try JSONDecoder().decode(MutualInformationStop.self, from: Data(text.utf8)))
        }
    }

    func testTheDecayKnowsWhenItsRateCannotFall() {
        let bounds = RateBounds(minimum: 0.025, maximum: 0.1)
        var decay = MutualInformationDecay(bounds: bounds, form: .gain(target: 0.2, factor: 0.5))
        let states = (0..<4).map { cycle in
            decay.observe(metrics(cycle, 0.5))
            return decay.isAtMinimum
        }
        XCTAssertEqual(states, [false, false, true, true])
        XCTAssertTrue(decay.isAtMinimum)
        XCTAssertFalse(MutualInformationDecay(bounds: bounds, warmUpSteps: 9).isAtMinimum)
        XCTAssertFalse(Constant(rate: 0.025).isAtMinimum)
        let fixed = RateBounds(minimum: 0.1, maximum: 0.1)
        XCTAssertTrue(MutualInformationDecay(bounds: fixed).isAtMinimum)
    }
}
