import LearningRate
import XCTest

/// A warm-up in front of a schedule, and schedules one after the other.
final class CompositionTests: XCTestCase {
    private let cosine = ConfiguredSchedule.cosine(CosineDecay(rate: 1, length: 6))
    private let plateau = ConfiguredSchedule.plateau(Plateau(rate: 0.5, factor: 0.5, patience: 0))

    func testWarmUpRisesToTheFirstRateAndTheScheduleBeginsAtItsStepZero() {
        let schedule = WarmUp(steps: 4, startShare: 0.2, before: cosine)
        for (step, rate) in [0.2, 0.4, 0.6, 0.8].enumerated() {
            XCTAssertEqual(schedule.rate(at: step), rate, accuracy: 1e-15)
        }
        for step in 0..<9 { XCTAssertEqual(schedule.rate(at: 4 + step), cosine.rate(at: step)) }
        XCTAssertEqual(WarmUp(steps: 3, before: cosine).rate(at: 0), 0.01)
    }

    /// What one cycle gets is a first rate lower than its highest.
    func testWarmUpStartsAtAShareOfTheFirstRateNotTheHighest() {
        let schedule = WarmUp(steps: 4, startShare: 0.5, before: .oneCycle(OneCycle(rate: 1, length: 20)))
        XCTAssertEqual(schedule.rate(at: 0), 0.02, accuracy: 1e-15)
        XCTAssertEqual(schedule.rate(at: 4), 0.04, accuracy: 1e-15)
    }

    /// Cycles end at steps 10, 20, 30, …
    func testWarmUpKeepsItsCyclesFromTheSchedule() {
        var schedule = WarmUp(steps: 20, startShare: 0, before: plateau)
        XCTAssertEqual(
            schedule.observe(.measured(cycle: 0)), RateDecision(before: 0.25, after: 0.25, reason: .warmingUp))
        XCTAssertEqual(schedule.observe(.measured(cycle: 1)).reason, .warmingUp)
        XCTAssertEqual(schedule.observe(.measured(cycle: 2)).reason, .improved(from: nil, to: 1))
        XCTAssertEqual(schedule.observe(.measured(cycle: 3)).after, 0.25)
    }

    /// The decay by mutual information has a warm-up of its own, whose step is counted from where it began.
    func testMetricsAreCountedFromTheSchedulesOwnBeginning() {
        let bounds = RateBounds(minimum: 0.1, maximum: 0.5)
        let decay = MutualInformationDecay(bounds: bounds, warmUpSteps: 20)
        var schedule = WarmUp(steps: 5, before: .mutualInformationDecay(decay))
        let decision = schedule.observe(.measured(cycle: 0))
        XCTAssertEqual(decision.after, 0.1 + 0.4 * 5 / 20, accuracy: 1e-15)
    }

    func testEachPartBeginsAtItsOwnStepZeroAndTheLastGoesOn() {
        let step = ConfiguredSchedule.step(StepDecay(rate: 0.5, factor: 0.5, length: 4))
        let schedule = Joined([
            .init(cosine, steps: 3), .init(.constant(Constant(rate: 2)), steps: 2), .init(step, steps: 1),
        ])
        let expected = (0..<3).map(cosine.rate(at:)) + [2, 2] + (0..<20).map(step.rate(at:))
        XCTAssertEqual(expected.indices.map(schedule.rate(at:)), expected)
    }

    func testAPartSeesTheCyclesThatEndAfterItsFirstStep() {
        var schedule = Joined([.init(plateau, steps: 20), .init(plateau, steps: 15), .init(plateau, steps: 5)])
        let reasons = (0..<6).map { schedule.observe(.measured(cycle: $0)).reason }
        XCTAssertEqual(
            reasons,
            [
                .improved(from: nil, to: 1), .beginning(part: 1), .improved(from: nil, to: 1),
                .improved(from: nil, to: 1), .reduced(afterCycles: 1, factor: 0.5),
                .reduced(afterCycles: 1, factor: 0.5),
            ])
        XCTAssertEqual(RateDecision.Reason.beginning(part: 1).description, "part 2 begins")
    }
}
