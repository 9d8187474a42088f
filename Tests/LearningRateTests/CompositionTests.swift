import LearningRate
import LearningRateTestSupport
import XCTest

/// A warm-up in front of a schedule, and schedules one after the other.
final class CompositionTests: XCTestCase {
    private let cosine = CosineDecay(rate: 1, length: 6)
    private let plateau = Plateau(rate: 0.5, factor: 0.5, patience: 0)

    func testWarmUpRisesToTheFirstRateAndTheScheduleBeginsAtItsStepZero() {
        let schedule = RunningSchedule(cosine, warmUpSteps: 4, startShare: 0.2)
        for (step, rate) in [0.2, 0.4, 0.6, 0.8].enumerated() {
            XCTAssertEqual(schedule.rate(at: step), rate, accuracy: 1e-15)
        }
        for step in 0..<9 { XCTAssertEqual(schedule.rate(at: 4 + step), cosine.rate(at: step)) }
        XCTAssertEqual(RunningSchedule(cosine, warmUpSteps: 3).rate(at: 0), 0.01)
    }

    /// What one cycle gets is a first rate lower than its highest.
    func testWarmUpStartsAtAShareOfTheFirstRateNotTheHighest() {
        let schedule = RunningSchedule(OneCycle(rate: 1, length: 20), warmUpSteps: 4, startShare: 0.5)
        XCTAssertEqual(schedule.rate(at: 0), 0.02, accuracy: 1e-15)
        XCTAssertEqual(schedule.rate(at: 4), 0.04, accuracy: 1e-15)
    }

    /// Cycles end at steps 10, 20, 30, …
    func testWarmUpKeepsItsCyclesFromTheSchedule() {
        var schedule = RunningSchedule(plateau, warmUpSteps: 20, startShare: 0)
        XCTAssertEqual(
            schedule.observe(.measured(cycle: 0)), RateDecision(before: 0.25, after: 0.25, reason: .warmingUp))
        XCTAssertEqual(schedule.observe(.measured(cycle: 1)).reason, .warmingUp)
        XCTAssertEqual(schedule.observe(.measured(cycle: 2)).reason, .improved(from: nil, to: 1))
        XCTAssertEqual(schedule.observe(.measured(cycle: 3)).after, 0.25)
    }

    /// The decay by mutual information has a warm-up of its own, whose step is counted from where it began.
    func testMetricsAreCountedFromTheSchedulesOwnBeginning() {
        let bounds = RateBounds(minimum: 0.1, maximum: 0.5)
        let decay = MutualInformation(bounds: bounds, warmUpSteps: 20)
        var schedule = RunningSchedule(decay, warmUpSteps: 5)
        let decision = schedule.observe(.measured(cycle: 0))
        XCTAssertEqual(decision.after, 0.1 + 0.4 * 5 / 20, accuracy: 1e-15)
    }

    func testEachPartBeginsAtItsOwnStepZeroAndTheLastGoesOn() {
        let exponential = ExponentialDecay(rate: 1, factor: 0.5, length: 1)
        let step = StepDecay(rate: 0.5, factor: 0.5, length: 4)
        let schedule = Joined([
            .init(exponential, epochs: 3), .init(Constant(rate: .fixed(2)), epochs: 2), .init(step),
        ]).begun(horizon: 6)
        let expected = (0..<3).map(exponential.rate(at:)) + [2, 2] + (0..<20).map(step.rate(at:))
        XCTAssertEqual(expected.indices.map(schedule.rate(at:)), expected)
    }

    /// A part that falls until the end has fallen when the part ends, the last at the end of the run.
    func testTheHorizonOfAPartIsItsLength() {
        let schedule = Joined([
            .init(CosineDecay(rate: 1, length: 99), epochs: 3), .init(CosineDecay(rate: 2, length: 99)),
        ])
        .begun(horizon: 7)
        let first = CosineDecay(rate: 1, length: 3)
        let second = CosineDecay(rate: 2, length: 4)
        XCTAssertEqual(
            (0..<9).map(schedule.rate(at:)), (0..<3).map(first.rate(at:)) + (0..<6).map(second.rate(at:)))
    }

    func testAPartSeesTheCyclesThatEndAfterItsFirstStep() {
        var schedule = Joined([.init(plateau, epochs: 20), .init(plateau, epochs: 15), .init(plateau)])
            .begun(horizon: 40)
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
