import LearningRate
import LearningRateTestSupport
import SettingsTestSupport
import XCTest

/// The closed form of each schedule that does not look at metrics, at points chosen by hand.
final class FixedSchedulesTests: XCTestCase {
    private func assertRates(
        _ schedule: some Schedule, _ expected: KeyValuePairs<Int, Double>, line: UInt = #line
    ) {
        for (step, rate) in expected {
            XCTAssertEqual(schedule.rate(at: step), rate, accuracy: 1e-15 + 1e-13 * rate, "step \(step)", line: line)
        }
    }

    func testTablesFollowTheirLaws() {
        assertTableLaws(Constant.self, state: ["run"])
        assertTableLaws(StepDecay.self, state: ["run"])
        assertTableLaws(MultiStepDecay.self, base: ["at": "[1]"], state: ["run"])
        assertTableLaws(ExponentialDecay.self, state: ["run"])
        assertTableLaws(InverseTimeDecay.self, state: ["run"])
        assertTableLaws(InverseSquareRootDecay.self, state: ["run"])
        assertTableLaws(PolynomialDecay.self, state: ["run"])
        assertTableLaws(CosineDecay.self, state: ["run"])
        assertTableLaws(ConstantCooldown.self, state: ["run"])
        assertTableLaws(CosineWarmRestarts.self, state: ["run"])
        assertTableLaws(OneCycle.self, state: ["run"])
        assertTableLaws(CyclicalRate.self, base: ["mode": "exp-range"], state: ["run"])
        assertTableLaws(Plateau.self, state: ["run", "current", "best", "badCycles", "coolingCycles"])
        for form in ["gain", "threshold", "level"] {
            let others = Set(["target", "factor", "threshold", "exponent"]).subtracting(
                ["gain": ["target", "factor"], "threshold": ["threshold"], "level": ["exponent"]][form] ?? [])
            assertTableLaws(
                MutualInformation.self, base: ["form": form], state: others.union(["run", "rule"]), apart: others)
        }
    }

    func testStepDecay() {
        assertRates(
            StepDecay(rate: 0.8, factor: 0.5, length: 3), [0: 0.8, 2: 0.8, 3: 0.4, 5: 0.4, 6: 0.2, 30: 0.8 / 1024])
    }

    func testMultiStepDecay() {
        assertRates(
            MultiStepDecay(rate: 0.8, factor: 0.5, falls: [2, 5, 5]), [0: 0.8, 1: 0.8, 2: 0.4, 4: 0.4, 5: 0.1, 99: 0.1])
    }

    func testExponentialDecay() {
        assertRates(ExponentialDecay(rate: 0.8, factor: 0.25, length: 4), [0: 0.8, 2: 0.4, 4: 0.2, 6: 0.1, 8: 0.05])
    }

    func testInverseTimeDecay() {
        assertRates(InverseTimeDecay(rate: 0.6, decay: 1, length: 4), [0: 0.6, 2: 0.4, 4: 0.3, 8: 0.2, 36: 0.06])
        assertRates(InverseTimeDecay(rate: 0.6, decay: 0.5, length: 1), [2: 0.3])
    }

    func testInverseSquareRootDecay() {
        assertRates(InverseSquareRootDecay(rate: 0.6, hold: 4), [0: 0.6, 4: 0.6, 16: 0.3, 36: 0.2, 400: 0.06])
    }

    func testPolynomialDecay() {
        assertRates(PolynomialDecay(rate: 1, floor: 0.2, length: 8), [0: 1, 2: 0.8, 4: 0.6, 8: 0.2, 100: 0.2])
        assertRates(PolynomialDecay(rate: 1, power: 2, length: 4), [1: 0.5625, 2: 0.25, 4: 0])
    }

    func testConstantCooldown() {
        assertRates(
            ConstantCooldown(rate: 1, floor: 0.2, share: 0.4, length: 10),
            [0: 1, 5: 1, 6: 1, 7: 0.2 + 0.8 * 0.5, 8: 1 - 0.8 * 0.5.squareRoot(), 10: 0.2, 99: 0.2])
        assertRates(ConstantCooldown(rate: 1, share: 1, length: 4), [0: 1, 1: 0.5, 4: 0])
    }

    func testCosineDecay() {
        assertRates(
            CosineDecay(rate: 1, floor: 0.2, length: 6),
            [0: 1, 1: 0.6 + 0.2 * 3.0.squareRoot(), 2: 0.8, 3: 0.6, 4: 0.4, 6: 0.2, 7: 0.2])
    }

    /// Periods of 3, 6 and 12 steps.
    func testCosineWarmRestarts() {
        let schedule = CosineWarmRestarts(rate: 1, period: 3, periodFactor: 2)
        assertRates(
            schedule, [0: 1, 1: 0.75, 2: 0.25, 3: 1, 5: 0.75, 6: 0.5, 7: 0.25, 9: 1, 13: 0.75, 17: 0.25, 21: 1])
        assertRates(CosineWarmRestarts(rate: 1, floor: 0.5, period: 4), [0: 1, 2: 0.75, 4: 1, 4_000_000_000_002: 0.75])
        let long = CosineWarmRestarts(rate: 1, period: 1 << 40, periodFactor: .max)
        assertRates(long, [0: 1, 1 << 40: 1, (1 << 40) + .max / 2: 0.5])
    }

    /// The rise in a cycle of 20 steps ends with the tenth.
    func testOneCycle() {
        let schedule = OneCycle(rate: 1, rise: 0.5, startDivisor: 10, endDivisor: 100, length: 20)
        assertRates(
            schedule, [0: 0.1, 3: 0.325, 6: 0.775, 9: 1, 14: (1 + 0.001) / 2, 19: 0.001, 20: 0.001, 999: 0.001])
        assertRates(OneCycle(rate: 1, rise: 0, length: 3), [2: 4e-6])
        assertRates(OneCycle(rate: 1, rise: 1, length: 3), [0: 0.04, 1: 0.52, 2: 1, 3: 1])
        assertRates(OneCycle(rate: 1, rise: 1, length: 1), [0: 1])
        assertRates(OneCycle(rate: 1, rise: 0.5, length: 2), [0: 1, 1: 4e-6])
    }

    func testCyclicalRate() {
        let bounds = RateBounds(minimum: 0.2, maximum: 1)
        assertRates(CyclicalRate(bounds: bounds, halfCycle: 4), [0: 0.2, 1: 0.4, 4: 1, 6: 0.6, 8: 0.2, 12: 1, 13: 0.8])
        assertRates(
            CyclicalRate(bounds: bounds, halfCycle: 2, mode: .triangular2),
            [0: 0.2, 2: 1, 4: 0.2, 6: 0.6, 10: 0.4, 11: 0.3])
        assertRates(
            CyclicalRate(bounds: bounds, halfCycle: 1, mode: .exponentialRange, factor: 0.5), [0: 0.2, 1: 0.6, 3: 0.3])
    }

    func testDecodingRefusesValuesOutOfRange() throws {
        let cases: [(any Schedule, [(String, String)])] = [
            (Constant(rate: 1), [(#""rate":1"#, #""rate":0"#), ("constant", "constnat")]),
            (
                StepDecay(rate: 1, factor: 0.5, length: 2),
                [(#""rate":1"#, #""rate":-1"#), ("0.5", "0"), ("0.5", "1.5"), (#""every":2"#, #""every":0"#)]
            ),
            (
                MultiStepDecay(rate: 1, factor: 0.5, falls: [2, 3]),
                [("[2,3]", "[3,2]"), ("[2,3]", "[0,2]"), ("0.5", "2"), (#""rate":1"#, #""rate":0"#)]
            ),
            (
                ExponentialDecay(rate: 1, factor: 0.5, length: 2),
                [("0.5", "-1"), (#""stepsPerEpoch":2"#, #""stepsPerEpoch":0"#), (#""rate":1"#, #""rate":0"#)]
            ),
            (
                InverseTimeDecay(rate: 1, decay: 0.5, length: 2),
                [("0.5", "-1"), (#""stepsPerEpoch":2"#, #""stepsPerEpoch":0"#), (#""rate":1"#, #""rate":0"#)]
            ),
            (
                PolynomialDecay(rate: 1, floor: 0.5, power: 2, length: 3),
                [("0.5", "1.5"), ("0.5", "-1"), (#""power":2"#, #""power":0"#), (#""horizon":3"#, #""horizon":0"#)]
            ),
            (
                CosineDecay(rate: 1, floor: 0.5, length: 3),
                [("0.5", "1.5"), (#""horizon":3"#, #""horizon":0"#), (#""rate":1"#, #""rate":0"#)]
            ),
            (
                CosineWarmRestarts(rate: 1, floor: 0.5, period: 3, periodFactor: 2),
                [("0.5", "1.5"), (#""period":3"#, #""period":0"#), (#""periodFactor":2"#, #""periodFactor":0"#)]
            ),
            (
                OneCycle(rate: 1, rise: 0.5, startDivisor: 2, endDivisor: 3, length: 4),
                [
                    ("0.5", "1.5"), ("0.5", "-0.5"), (#""startDivisor":2"#, #""startDivisor":0.5"#),
                    (#""endDivisor":3"#, #""endDivisor":0"#), (#""horizon":4"#, #""horizon":0"#),
                ]
            ),
            (
                CyclicalRate(
                    bounds: RateBounds(minimum: 1, maximum: 2), halfCycle: 3, mode: .exponentialRange, factor: 0.5),
                [("0.5", "1.5"), (#""halfCycle":3"#, #""halfCycle":0"#), (#""min":1"#, #""min":3"#)]
            ),
            (
                Plateau(rate: 1, factor: 0.5, patience: 2, threshold: 0.25, cooldown: 3, floor: 0.125),
                [
                    ("0.5", "1.5"), ("0.125", "1.5"), ("0.25", "1"), (#""patience":2"#, #""patience":-1"#),
                    (#""cooldown":3"#, #""cooldown":-1"#), (#""badCycles":0"#, #""badCycles":-1"#),
                    (#""coolingCycles":0"#, #""coolingCycles":-1"#), ("loss", "lost"),
                ]
            ),
            (
                Joined([.init(Constant(rate: 1), epochs: 3)]),
                [(#""epochs":3"#, #""epochs":0"#), (#""rate":1"#, #""rate":0"#)]
            ),
        ]
        for (schedule, changes) in cases {
            let text = try XCTUnwrap(String(data: JSONEncoder().encode(CodedSchedule(schedule)), encoding: .utf8))
            XCTAssertEqual(try decode(text), CodedSchedule(schedule))
            for (from, to) in changes {
                let changed = text.replacingOccurrences(of: from, with: to)
                XCTAssertNotEqual(changed, text, "\(from) is not in \(text)")
                XCTAssertThrowsError(try decode(changed), changed) {
                    guard case DecodingError.dataCorrupted = $0 else { return XCTFail("\($0)") }
                }
            }
        }
        XCTAssertThrowsError(try decode(#"{"schedule":"joined","state":{"parts":[]}}"#))
        let running = RunningSchedule(Constant(rate: 1), warmUpSteps: 3, startShare: 0.5)
        let text = try XCTUnwrap(String(data: JSONEncoder().encode(running), encoding: .utf8))
        for (from, to) in [("0.5", "1.5"), (#""warmUpSteps":3"#, #""warmUpSteps":-1"#), (#""rate":1"#, #""rate":0"#)] {
            let changed = text.replacingOccurrences(of: from, with: to)
            XCTAssertNotEqual(changed, text, "\(from) is not in \(text)")
            XCTAssertThrowsError(try JSONDecoder().decode(RunningSchedule.self, from: Data(changed.utf8)), changed)
        }
    }

    private func decode(_ text: String) throws -> CodedSchedule {
        try JSONDecoder().decode(CodedSchedule.self, from: Data(text.utf8))
    }
}
