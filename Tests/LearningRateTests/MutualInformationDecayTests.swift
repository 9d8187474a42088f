import LearningRate
import XCTest

/// The closed form of each rule at known points.
final class MutualInformationDecayTests: XCTestCase {
    private let entropy = Histories.labelEntropy
    private let bounds = RateBounds(minimum: 0.001, maximum: 0.1)

    /// The rates after each cycle, and the decisions.
    private func run(
        _ form: MutualInformationDecay.Form, _ shares: [Double], cycleLength: Double = 1, bounds: RateBounds? = nil
    ) -> (rates: [Double], decisions: [RateDecision]) {
        var schedule = MutualInformationDecay(bounds: bounds ?? self.bounds, form: form)
        let decisions = shares.enumerated().map { cycle, share in
            schedule.observe(
                Histories.metrics(cycle: cycle, information: share * entropy, cycleLength: cycleLength))
        }
        return (decisions.map(\.after), decisions)
    }

    private func assertEqual(_ values: [Double], _ expected: [Double], line: UInt = #line) {
        XCTAssertEqual(values.count, expected.count, line: line)
        for (value, expected) in zip(values, expected) {
            XCTAssertEqual(value, expected, accuracy: 1e-12 * expected, line: line)
        }
    }

    func testDocumentedDefaults() {
        XCTAssertEqual(MutualInformationDecay.Form.gain(), .gain(target: 0.2, factor: 0.7))
        XCTAssertEqual(MutualInformationDecay.Form.threshold(), .threshold(0.01))
        XCTAssertEqual(MutualInformationDecay.Form.level(), .level(exponent: 1))
        let schedule = MutualInformationDecay(bounds: bounds)
        XCTAssertEqual(schedule.form, .hold)
        XCTAssertEqual(schedule.warmUpSteps, 0)
        XCTAssertEqual(schedule.rate(at: 0), 0.1)
    }

    /// I after 1, 2, 4, 8 cycles is held against I after half as many, with an error of √2 · 0.01.
    func testHoldHalvesWhenInformationNoLongerGrows() {
        func run(_ values: [Double], minimum: Double = 0.001) -> [RateDecision] {
            var schedule = MutualInformationDecay(bounds: RateBounds(minimum: minimum, maximum: 0.1), form: .hold)
            return values.enumerated().map {
                schedule.observe(Histories.metrics(cycle: $0, information: $1, cycleSteps: 40))
            }
        }
        // From the fifth on each brings less than the error, and all after the fourth more.
        let slow = run([0.5, 0.6, 0.7, 0.8, 0.81, 0.812, 0.814, 0.8151, 0.9])
        assertEqual(slow.map(\.after), [Double](repeating: 0.1, count: 9))
        XCTAssertEqual(slow[0].reason, .firstCycle)
        XCTAssertEqual(slow[2].reason, .holding(until: 1))
        guard case .growth(let growth, let error, let cycles) = slow[7].reason else { return XCTFail("\(slow[7])") }
        XCTAssertEqual(growth, 0.0151, accuracy: 1e-12)
        XCTAssertEqual(error, 0.01 * 2.0.squareRoot(), accuracy: 1e-12)
        XCTAssertEqual(cycles, 4)
        // Within the error after 8: half; the next two cycles are the first and second at the new rate.
        let still = run([0.5, 0.6, 0.7, 0.8, 0.81, 0.812, 0.814, 0.8141, 0.82, 0.83, 0.85, 0.9, 0.9])
        assertEqual(
            still.map(\.after),
            [Double](repeating: 0.1, count: 7) + [0.05, 0.05] + [Double](repeating: 0.025, count: 4))
        guard case .noGrowth(_, _, 4) = still[7].reason, case .noGrowth(_, _, 1) = still[9].reason else {
            return XCTFail("\(still)")
        }
        XCTAssertEqual(
            "\(still[9])",
            "rate 0.05 → 0.025: mutual information grew by 0.01 in a cycle, within its error of 0.01414: halved")
        // Down to the lower bound, and there it is settled.
        assertEqual(
            run([Double](repeating: 1, count: 8), minimum: 0.02).map(\.after),
            [0.1, 0.05, 0.05, 0.025, 0.025, 0.02, 0.02, 0.02])
    }

    /// In fewer steps than a trial has a rate shows nothing: of cycles of 10 steps, four have to pass without growth.
    func testHoldDoesNotFallWithinFewSteps() {
        var schedule = MutualInformationDecay(bounds: bounds, form: .hold)
        let decisions = (0..<12).map { schedule.observe(Histories.metrics(cycle: $0, information: 1)) }
        assertEqual(decisions.map(\.after), [Double](repeating: 0.1, count: 7) + [Double](repeating: 0.05, count: 5))
        XCTAssertEqual(decisions[1].reason, .holding(until: 2))
        guard case .noGrowth(_, _, 4) = decisions[7].reason else { return XCTFail("\(decisions[7])") }
    }

    /// What is left goes 0.5 → 0.4 (a fifth, the target) → 0.36 (a tenth, half of it) → 0.36 (none).
    func testGainDecaysByTheShareOfTheTargetThatWasMissed() {
        let (rates, decisions) = run(.gain(target: 0.2, factor: 0.5), [0.5, 0.6, 0.64, 0.64])
        assertEqual(rates, [0.1, 0.1, 0.075, 0.0375])
        XCTAssertEqual(decisions[0].reason, .firstCycle)
        guard case .gain(let share, let target, let factor) = decisions[2].reason else {
            return XCTFail("\(decisions[2])")
        }
        XCTAssertEqual(share, 0.1, accuracy: 1e-12)
        XCTAssertEqual(target, 0.2)
        XCTAssertEqual(factor, 0.75, accuracy: 1e-12)
    }

    func testGainAboveTheTargetDoesNotRaiseTheRate() {
        assertEqual(run(.gain(target: 0.2, factor: 0.5), [0, 0.9]).rates, [0.1, 0.1])
    }

    func testFallingInformationCountsAsNoGain() {
        let (rates, decisions) = run(.gain(target: 0.2, factor: 0.5), [0.5, 0.25])
        assertEqual(rates, [0.1, 0.05])
        guard case .gain(let share, _, _) = decisions[1].reason else { return XCTFail("\(decisions[1])") }
        XCTAssertEqual(share, -0.5, accuracy: 1e-12)
    }

    func testNothingLeftToRemoveCountsAsNoGain() {
        let (rates, decisions) = run(.gain(target: 0.2, factor: 0.5), [1, 1, 0.5])
        XCTAssertEqual(rates, [0.1, 0.05, 0.025])
        XCTAssertEqual(decisions[1].reason, .gain(share: 0, target: 0.2, factor: 0.5))
    }

    func testGainFromNoInformationAtAll() {
        assertEqual(run(.gain(target: 0.2, factor: 0.5), [0, 0.1]).rates, [0.1, 0.075])
    }

    func testGainStopsAtTheLowerBound() {
        let rates = run(.gain(target: 0.2, factor: 0.5), [Double](repeating: 0.5, count: 12)).rates
        XCTAssertEqual(rates[6], 0.1 / 64, accuracy: 1e-15)
        XCTAssertEqual(rates[7], 0.001)
        XCTAssertEqual(rates[11], 0.001)
    }

    /// Removing a fifth of what is left in an epoch meets the target in cycles of any length.
    func testTargetFollowsTheLengthOfTheCycle() {
        for cycles in [1, 2, 4, 10] {
            let length = 1 / Double(cycles)
            let shares = (0...cycles).map { 1 - 0.5 * pow(0.8, Double($0) * length) }
            let rates = run(.gain(target: 0.2, factor: 0.5), shares, cycleLength: length).rates
            XCTAssertEqual(rates[cycles], 0.1, accuracy: 1e-12, "\(cycles) cycles an epoch")
        }
        guard
            case .gain(_, let target, _) = run(.gain(target: 0.2, factor: 0.5), [0.5, 0.5], cycleLength: 2).decisions[1]
                .reason
        else {
            return XCTFail("no gain")
        }
        XCTAssertEqual(target, 0.36, accuracy: 1e-15)
    }

    /// Growth of 0.2 / 0.5 is above the threshold; then 0.005 / 0.7 is under it and the residual 0.295 decides.
    func testThresholdFallsToTheLevelOfTheResidual() {
        let (rates, decisions) = run(.threshold(), [0.5, 0.7, 0.705])
        assertEqual(rates, [0.1, 0.1, 0.001 + 0.099 * 0.295])
        XCTAssertEqual(decisions[0].reason, .firstCycle)
        guard case .growing(let growth?) = decisions[1].reason, case .stalledToLevel = decisions[2].reason else {
            return XCTFail("\(decisions)")
        }
        XCTAssertEqual(growth, 0.4, accuracy: 1e-12)
    }

    /// Once at the level of residual 0.5, the next stall finds the level not lower and multiplies.
    func testThresholdMultipliesWhereTheLevelIsNotLower() {
        let (rates, decisions) = run(.threshold(), [0.5, 0.5, 0.5, 0.4])
        let level = 0.001 + 0.099 * 0.5
        assertEqual(rates, [0.1, level, level * 0.5, level * 0.5 * 0.6])
        guard case .stalledTimesResidual(let growth, let residual) = decisions[3].reason else {
            return XCTFail("\(decisions[3])")
        }
        XCTAssertEqual(growth, -0.2, accuracy: 1e-12)
        XCTAssertEqual(residual, 0.6, accuracy: 1e-12)
    }

    /// Growth from 1 to 1.25 is 0.25 without rounding.
    func testGrowthOfJustTheThresholdIsEnough() {
        for (threshold, stays) in [(0.25, true), (0.25.nextUp, false)] {
            var schedule = MutualInformationDecay(bounds: bounds, form: .threshold(threshold))
            schedule.observe(Histories.metrics(cycle: 0, information: 1))
            let decision = schedule.observe(Histories.metrics(cycle: 1, information: 1.25))
            XCTAssertEqual(decision.after == decision.before, stays, "\(decision)")
        }
    }

    func testThresholdAfterNoInformationChangesNothing() {
        let (rates, decisions) = run(.threshold(), [0, 0, 0.3])
        XCTAssertEqual(rates, [0.1, 0.1, 0.1])
        XCTAssertEqual(decisions[1].reason, .growing(growth: nil))
    }

    func testThresholdStopsAtTheLowerBound() {
        XCTAssertEqual(run(.threshold(), [1, 1, 1]).rates, [0.1, 0.001, 0.001])
        XCTAssertEqual(run(.threshold(), [Double](repeating: 0.9, count: 9)).rates[8], 0.001)
    }

    func testLevelFollowsTheResidualDownAndNeverUp() {
        let (rates, decisions) = run(.level(), [0.5, 0.75, 0.25, 1])
        assertEqual(rates, [0.001 + 0.099 * 0.5, 0.001 + 0.099 * 0.25, 0.001 + 0.099 * 0.25, 0.001])
        guard case .level(let level, let residual) = decisions[2].reason else { return XCTFail("\(decisions[2])") }
        XCTAssertEqual(level, 0.001 + 0.099 * 0.75, accuracy: 1e-12)
        XCTAssertEqual(residual, 0.75, accuracy: 1e-12)
    }

    func testLevelTakesTheResidualToItsExponent() {
        assertEqual(run(.level(exponent: 2), [0.5]).rates, [0.001 + 0.099 * 0.25])
        assertEqual(run(.level(exponent: 0.5), [0.75]).rates, [0.001 + 0.099 * 0.5])
    }

    /// The cycle of one label is skipped: the one after it is compared with the one before it.
    func testACycleOfOneLabelChangesNothing() {
        for form in [MutualInformationDecay.Form.gain(), .threshold(), .level()] {
            var schedule = MutualInformationDecay(bounds: bounds, form: form)
            var skipping = schedule
            let metrics = [0.5, 0.51, 0.512].enumerated().map {
                Histories.metrics(cycle: $0.offset, information: $0.element * entropy)
            }
            let oneLabel = Histories.metrics(cycle: 1, information: 0, labelEntropy: 0)
            for one in metrics {
                schedule.observe(one)
                skipping.observe(one)
                let decision = skipping.observe(oneLabel)
                XCTAssertEqual(decision.reason, .noLabelEntropy)
                XCTAssertEqual(decision.after, decision.before)
                XCTAssertEqual(skipping, schedule)
            }
        }
    }

    func testWarmUpRisesLinearlyFromTheLowerToTheUpperBound() {
        let schedule = MutualInformationDecay(bounds: bounds, warmUpSteps: 4)
        assertEqual(
            (0..<6).map { schedule.rate(at: $0) },
            [0.001, 0.001 + 0.099 * 0.25, 0.001 + 0.099 * 0.5, 0.001 + 0.099 * 0.75, 0.1, 0.1])
    }

    func testTheFirstCycleEndsTheWarmUp() {
        var schedule = MutualInformationDecay(bounds: bounds, warmUpSteps: 20)
        let decision = schedule.observe(Histories.metrics(cycle: 0, information: 1, cycleSteps: 10))
        let reached = 0.001 + 0.099 * 0.5
        assertEqual([10, 15, 30].map { schedule.rate(at: $0) }, [reached, reached, reached])
        assertEqual([decision.before, decision.after], [reached, reached])
    }

    func testDecisionsReadAsOneLine() {
        let decisions = run(.gain(target: 0.2, factor: 0.5), [0.5, 0.6, 0.64]).decisions
        XCTAssertEqual(decisions[0].description, "rate stays 0.1: first cycle, nothing to compare with")
        XCTAssertEqual(
            decisions[2].description,
            "rate 0.1 → 0.075: the cycle removed 10 % of the remaining equivocation, target 20 %: times 0.75")
    }

    func testDecodingRefusesValuesOutOfRange() throws {
        var schedule = MutualInformationDecay(
            bounds: RateBounds(minimum: 0.125, maximum: 0.5), warmUpSteps: 4, form: .gain(target: 0.2, factor: 0.5))
        schedule.observe(Histories.metrics(cycle: 0, information: 1))
        let text = try XCTUnwrap(String(data: JSONEncoder().encode(schedule), encoding: .utf8))
        let decode = { (text: String) in
            try JSONDecoder().decode(MutualInformationDecay.self, from: Data(text.utf8))
        }
        XCTAssertEqual(try decode(text), schedule)
        for (from, to) in [
            (#""rate":0.5"#, #""rate":0.75"#), (#""rate":0.5"#, #""rate":0.0625"#), (#""factor":0.5"#, #""factor":2"#),
            (#""target":0.2"#, #""target":1"#), (#""warmUpSteps":4"#, #""warmUpSteps":-4"#),
            (#""minimum":0.125"#, #""minimum":0.75"#), (#""name":"gain""#, #""name":"gian""#),
        ] {
            let changed = text.replacingOccurrences(of: from, with: to)
            XCTAssertNotEqual(changed, text, "\(from) is not in \(text)")
            XCTAssertThrowsError(try decode(changed), changed) {
                guard case DecodingError.dataCorrupted = $0 else { return XCTFail("\($0)") }
            }
        }
        XCTAssertThrowsError(
            try JSONDecoder().decode(
                CodedSchedule.self, from: Data(#"{"schedule":"constant","state":{"rate":0}}"#.utf8)))
    }
}
