import LearningRate
import LearningRateTestSupport
import XCTest

final class PlateauTests: XCTestCase {
    private func rates(_ schedule: Plateau, losses: [Double]) -> [Double] {
        var schedule = schedule
        return losses.enumerated().map { schedule.observe(.measured(cycle: $0, loss: $1)).after }
    }

    /// The first cycle is the best; of the ones after it, `patience` are tolerated.
    func testTheRateFallsAfterOneCycleMoreThanPatience() {
        for patience in 0...3 {
            let schedule = Plateau(rate: 0.5, factor: 0.5, patience: patience)
            let rates = rates(schedule, losses: [Double](repeating: 1, count: 2 * patience + 3))
            let first = [Double](repeating: 0.5, count: patience + 1)
            let second = [Double](repeating: 0.25, count: patience + 1)
            XCTAssertEqual(rates, first + second + [0.125])
        }
    }

    func testAnImprovementBeginsTheCountAnew() {
        let schedule = Plateau(rate: 0.5, factor: 0.5, patience: 1)
        XCTAssertEqual(
            rates(schedule, losses: [1, 1, 0.9, 0.9, 0.8, 0.8, 0.8]), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25])
    }

    /// 1 − 0.25 and 1 + 0.25 have no rounding.
    func testAnImprovementIsMoreThanTheThresholdsShare() {
        for (loss, rate) in [(0.75, 0.25), (0.75.nextDown, 0.5)] {
            XCTAssertEqual(
                rates(Plateau(rate: 0.5, factor: 0.5, patience: 0, threshold: 0.25), losses: [1, loss])[1], rate)
        }
        for (accuracy, rate) in [(0.625, 0.25), (0.625.nextUp, 0.5), (0.25, 0.25)] {
            var schedule = Plateau(rate: 0.5, metric: .accuracy, factor: 0.5, patience: 0, threshold: 0.25)
            schedule.observe(.measured(cycle: 0, accuracy: 0.5))
            XCTAssertEqual(schedule.observe(.measured(cycle: 1, accuracy: accuracy)).after, rate)
        }
    }

    /// A value a little better than the last, but never by the threshold over the best, is no improvement.
    func testCreepingIsMeasuredFromTheBest() {
        let schedule = Plateau(rate: 0.5, factor: 0.5, patience: 1, threshold: 0.25)
        XCTAssertEqual(rates(schedule, losses: [1, 0.9, 0.8, 0.7, 0.6]), [0.5, 0.5, 0.25, 0.25, 0.25])
    }

    func testCyclesOfTheCooldownAreNotCounted() {
        let schedule = Plateau(rate: 0.5, factor: 0.5, patience: 0, cooldown: 2)
        XCTAssertEqual(
            rates(schedule, losses: [1, 1, 1, 1, 1, 1]), [0.5, 0.25, 0.25, 0.25, 0.125, 0.125])
    }

    func testTheFloorHolds() {
        let schedule = Plateau(rate: 0.5, factor: 0.1, patience: 0, floor: 0.125)
        XCTAssertEqual(rates(schedule, losses: [1, 1, 1]), [0.5, 0.125, 0.125])
    }

    func testALossThatIsNoNumberIsNoImprovement() {
        let schedule = Plateau(rate: 0.5, factor: 0.5, patience: 0)
        XCTAssertEqual(rates(schedule, losses: [.nan, .infinity, 1, .nan]), [0.25, 0.125, 0.125, 0.0625])
    }

    func testDecisionsTellWhy() {
        var schedule = Plateau(rate: 0.5, factor: 0.5, patience: 1, cooldown: 1)
        let decisions = [1, 0.5, 0.5, 0.5, 0.5].enumerated().map {
            schedule.observe(.measured(cycle: $0, loss: $1))
        }
        XCTAssertEqual(
            decisions.map(\.reason),
            [
                .improved(from: nil, to: 1), .improved(from: 1, to: 0.5), .waiting(cycles: 1, patience: 1),
                .reduced(afterCycles: 2, factor: 0.5), .coolingDown(left: 0),
            ])
        XCTAssertEqual(decisions[1].description, "rate stays 0.5: improved from 1 to 0.5")
        XCTAssertEqual(decisions[2].description, "rate stays 0.5: no improvement for 1 of 1 tolerated cycles")
        XCTAssertEqual(decisions[3].description, "rate 0.5 → 0.25: no improvement for 2 cycles: times 0.5")
    }
}
