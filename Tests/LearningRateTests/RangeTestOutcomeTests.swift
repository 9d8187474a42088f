import LearningRate
import XCTest

/// What the analysis makes of curves whose answer is known.
final class RangeTestOutcomeTests: XCTestCase {
    /// Records the curve, a loss for a rate, with normal noise, until the test stops.
    private func run(
        steps: Int = 300, smoothing: Double = 0.98, noise: Double = 0, seed: UInt64 = 1, safety: Double = 5,
        _ curve: (Double) -> Double
    ) -> RangeTest {
        var random = SeededGenerator(seed: seed)
        var test = RangeTest(steps: steps, smoothing: smoothing, safety: safety)
        while let rate = test.nextRate {
            _ = test.record(loss: curve(rate) + noise * normal(&random))
        }
        return test
    }

    private func normal(_ random: inout SeededGenerator) -> Double {
        let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &random))).squareRoot()
        return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }

    /// As a network's: flat at log 10, falling around `start`, rising without end past `limit`.
    private func curve(start: Double = 3e-3, limit: Double = 0.3) -> (Double) -> Double {
        { rate in 0.3 + 2 / (1 + pow(rate / start, 2)) + pow(rate / limit, 3) }
    }

    private func bounds(_ outcome: RangeTest.Outcome, line: UInt = #line) throws -> RateBounds {
        guard case .bounds(let bounds, _, _) = outcome else {
            XCTFail("\(outcome)", line: line)
            throw XCTSkip("no bounds")
        }
        return bounds
    }

    /// Without smoothing the lowest loss is the curve's own: a parabola in log rate about 0.01, the 101st of 201 rates.
    func testMaximumIsTheRateOfLowestLossOverSafety() throws {
        for safety in [1.0, 2, 5, 20] {
            let test = run(steps: 201, smoothing: 0, safety: safety) { 1 + pow(log10($0) + 2, 2) / 9 }
            guard case .bounds(let bounds, .lowestLoss(let rate, safety), let minimum) = test.outcome else {
                return XCTFail("\(test.outcome)")
            }
            XCTAssertEqual(rate, 0.01, accuracy: 1e-12)
            XCTAssertEqual(bounds.maximum, 0.01 / safety, accuracy: 1e-12)
            if safety >= 5 {
                XCTAssertEqual(minimum, .hundredthOfMaximum)
                XCTAssertEqual(bounds.minimum, bounds.maximum / 100)
            }
        }
    }

    func testTheLowestOfTheSmoothedLossCounts() throws {
        let test = run(curve())
        let lowest = try XCTUnwrap(test.records.min { $0.smoothedLoss < $1.smoothedLoss })
        XCTAssertEqual(try bounds(test.outcome).maximum, lowest.rate / 5)
        guard case .diverged? = test.stopReason else { return XCTFail("\(String(describing: test.stopReason))") }
    }

    /// Batch noise, as of 128 samples, moves the bounds by less than a factor of two, whatever the draw.
    func testNoiseMovesTheBoundsLittle() throws {
        for steps in [100, 300] {
            let clean = try bounds(run(steps: steps, curve()).outcome)
            for seed in 1...40 as ClosedRange<UInt64> {
                let noisy = try bounds(run(steps: steps, noise: 0.1, seed: seed, curve()).outcome)
                XCTAssertTrue((0.5...2).contains(noisy.maximum / clean.maximum), "seed \(seed): \(noisy)")
                XCTAssertTrue((0.4...2.5).contains(noisy.minimum / clean.minimum), "seed \(seed): \(noisy)")
            }
        }
    }

    /// A loss that falls from 1e-4 to 0.3 begins to fall under a hundredth of the maximum.
    func testMinimumIsWhereTheLossBeginsToFallIfThatIsLower() throws {
        let slow: (Double) -> Double = { 0.3 + 2 / (1 + $0 / 2e-4) + pow($0 / 2, 3) }
        let clean = run(slow).outcome
        guard case .bounds(let bounds, .lowestLoss, .lossBeginsToFall(let rate)) = clean else {
            return XCTFail("\(clean)")
        }
        XCTAssertEqual(bounds.minimum, rate)
        XCTAssertLessThan(rate, bounds.maximum / 100)
        XCTAssertTrue((1e-5...2e-4).contains(rate), "\(rate)")
        for seed in 1...20 as ClosedRange<UInt64> {
            let noisy = try self.bounds(run(noise: 0.1, seed: seed, slow).outcome).minimum
            XCTAssertTrue((1e-5...3e-4).contains(noisy), "seed \(seed): \(noisy)")
        }
    }

    /// Flat at 4.5 up to rate 1e-4, then 0.5 a decade down to 2.5 at rate 1, then far up: a twentieth of the fall of 2 is
    /// a fifth of a decade past 1e-4.
    func testFallBeginsAtATwentiethOfTheWayDown() throws {
        let test = run(steps: 601, smoothing: 0) { rate in
            rate < 1.001 ? 4.5 - max(0, log10(rate) + 4) / 2 : 20
        }
        guard case .bounds(_, _, .lossBeginsToFall(let rate)) = test.outcome else { return XCTFail("\(test.outcome)") }
        XCTAssertEqual(log10(rate), -3.8, accuracy: 0.011)
    }

    func testALossStillFallingAtTheEndReachesTheUpperEnd() throws {
        let test = run { 2.3 - 0.3 * (log10($0) + 5) }
        guard case .bounds(let bounds, .upperEndReached(let rate, 5), _) = test.outcome else {
            return XCTFail("\(test.outcome)")
        }
        XCTAssertEqual(rate, 10)
        XCTAssertEqual(bounds.maximum, 2)
        XCTAssertEqual(test.stopReason, .finished)
    }

    /// A floor that the loss does not leave has its lowest point somewhere by chance: the end is what matters.
    func testALossThatDoesNotRiseAgainReachesTheUpperEnd() throws {
        for seed in 1...20 as ClosedRange<UInt64> {
            let test = run(noise: 0.02, seed: seed) { 0.3 + 2 / (1 + pow($0 / 1e-3, 2)) }
            guard case .bounds(_, .upperEndReached, _) = test.outcome else { return XCTFail("\(test.outcome)") }
        }
    }

    func testALossThatNeverFallsHasNoBounds() {
        for noise in [0, 0.01, 0.1, 0.5] {
            for seed in 1...40 as ClosedRange<UInt64> {
                for (steps, smoothing) in [(60, 0.98), (100, 0.9), (300, 0.98), (300, 0.9)] {
                    let test = run(steps: steps, smoothing: smoothing, noise: noise, seed: seed) { _ in 2.3 }
                    guard case .none(.lossNeverFell) = test.outcome else {
                        return XCTFail("noise \(noise), seed \(seed), \(steps) steps: \(test.outcome)")
                    }
                }
            }
        }
    }

    func testALossThatOnlyRisesHasNoBounds() {
        for (noise, last) in [(0, 300), (0.1, 300), (0, 40)] {
            var step = 0
            let test = run(noise: noise) { _ in
                step += 1
                return step >= last ? .nan : 2.3 + pow(Double(step) / 100, 3)
            }
            guard case .none(.divergedWithoutFalling) = test.outcome else { return XCTFail("\(test.outcome)") }
        }
    }

    func testDivergenceInTheFirstStepsIsDivergenceAtOnce() {
        var test = RangeTest(steps: 100)
        XCTAssertEqual(test.outcome, .none(.tooFewSteps(recorded: 0, needed: 10)))
        _ = test.record(loss: 2.3)
        XCTAssertEqual(test.outcome, .none(.tooFewSteps(recorded: 1, needed: 10)))
        _ = test.record(loss: 50)
        XCTAssertEqual(test.outcome, .none(.divergedAtOnce(step: 1, rate: test.rate(at: 1))))
        var broken = RangeTest(steps: 100)
        _ = broken.record(loss: .nan)
        XCTAssertEqual(broken.outcome, .none(.divergedAtOnce(step: 0, rate: 1e-5)))
    }

    func testATestOfTooFewStepsSaysHowManyItTakes() {
        let falling: (Double) -> Double = { 2.3 - 0.3 * (log10($0) + 5) }
        XCTAssertEqual(run(steps: 9, falling).outcome, .none(.tooFewSteps(recorded: 9, needed: 10)))
        guard case .bounds = run(steps: 10, falling).outcome else { return XCTFail("10 steps are enough") }
    }

    func testALossOutOfRangeRightAfterItsLowestStillGivesBounds() throws {
        let test = run { $0 > 0.1 ? .infinity : 2.3 - 0.3 * (log10($0) + 5) }
        guard case .bounds(let bounds, .lowestLoss(let rate, _), _) = test.outcome else {
            return XCTFail("\(test.outcome)")
        }
        XCTAssertEqual(rate, try XCTUnwrap(test.records.last).rate)
        XCTAssertEqual(bounds.maximum, rate / 5)
    }

    func testEveryOutcomeIsOneLine() {
        let bounds = RateBounds(minimum: 1e-4, maximum: 0.01)
        let outcomes: [RangeTest.Outcome] = [
            .bounds(bounds, maximum: .lowestLoss(rate: 0.05, safety: 5), minimum: .hundredthOfMaximum),
            .bounds(bounds, maximum: .upperEndReached(rate: 10, safety: 5), minimum: .lossBeginsToFall(rate: 1e-4)),
            .none(.tooFewSteps(recorded: 3, needed: 10)), .none(.divergedAtOnce(step: 1, rate: 1e-5)),
            .none(.divergedWithoutFalling(step: 40, rate: 0.1)), .none(.lossNeverFell(initial: 2.3, lowest: 2.29)),
        ]
        XCTAssertEqual(
            outcomes[0].description,
            "rates 0.0001 to 0.01: maximum, the loss was lowest at rate 0.05, divided by 5; "
                + "minimum, a hundredth of the maximum")
        XCTAssertEqual(Set(outcomes.map(\.description)).count, outcomes.count)
        for outcome in outcomes { XCTAssertFalse(outcome.description.contains("\n")) }
    }
}
