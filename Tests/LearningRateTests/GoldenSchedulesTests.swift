import LearningRate
import LearningRateTestSupport
import XCTest

/// Against PyTorch: `Golden/make_golden.py` writes the numbers.
final class GoldenSchedulesTests: XCTestCase {
    private struct Golden: Decodable {
        var schedules: [Case]
        var plateaus: [PlateauCase]
    }

    private struct Case: Decodable {
        var name: String
        var parameters: Parameters
        var rates: [Double]
    }

    private struct PlateauCase: Decodable {
        var metric: Plateau.Metric
        var parameters: PlateauParameters
        var values: [Double]
        var rates: [Double]
    }

    private struct Parameters: Decodable {
        var rate: Double
        var factor: Double?
        var length: Int?
        var falls: [Int]?
        var power: Double?
        var floor: Double?
        var period: Int?
        var periodFactor: Int?
        var rise: Double?
        var startDivisor: Double?
        var endDivisor: Double?
        var minimum: Double?
        var halfCycle: Int?
        var startShare: Double?
        var warmUpSteps: Int?
    }

    private struct PlateauParameters: Decodable {
        var rate: Double
        var factor: Double
        var patience: Int
        var threshold: Double
        var cooldown: Int
        var floor: Double
    }

    private func golden() throws -> Golden {
        let url = try XCTUnwrap(Bundle.module.url(forResource: "golden", withExtension: "json"))
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    }

    private func schedule(_ name: String, _ p: Parameters) throws -> any RateRule {
        func cyclical(_ mode: CyclicalRate.Mode, factor: Double = 0.9999) throws -> any RateRule {
            let bounds = RateBounds(minimum: try XCTUnwrap(p.minimum), maximum: p.rate)
            return CyclicalRate(bounds: bounds, halfCycle: try XCTUnwrap(p.halfCycle), mode: mode, factor: factor)
        }
        func factor() throws -> Double { try XCTUnwrap(p.factor) }
        func length() throws -> Int { try XCTUnwrap(p.length) }
        func floor() throws -> Double { try XCTUnwrap(p.floor) }
        switch name {
        case "step": return StepDecay(rate: p.rate, factor: try factor(), length: try length())
        case "multi-step":
            return MultiStepDecay(rate: p.rate, factor: try factor(), falls: try XCTUnwrap(p.falls))
        case "exponential":
            return ExponentialDecay(rate: p.rate, factor: try factor(), length: try length())
        case "polynomial":
            return PolynomialDecay(
                rate: p.rate, floor: try floor(), power: try XCTUnwrap(p.power), length: try length())
        case "cosine": return CosineDecay(rate: p.rate, floor: try floor(), length: try length())
        case "cosine-restarts":
            return CosineWarmRestarts(
                rate: p.rate, floor: try floor(), period: try XCTUnwrap(p.period),
                periodFactor: try XCTUnwrap(p.periodFactor))
        case "one-cycle":
            return OneCycle(
                rate: p.rate, rise: try XCTUnwrap(p.rise), startDivisor: try XCTUnwrap(p.startDivisor),
                endDivisor: try XCTUnwrap(p.endDivisor), length: try length())
        case "triangular": return try cyclical(.triangular)
        case "triangular2": return try cyclical(.triangular2)
        case "exp-range": return try cyclical(.exponentialRange, factor: try factor())
        case "warm-up":
            return RunningSchedule(
                CosineDecay(rate: p.rate, length: try length()), warmUpSteps: try XCTUnwrap(p.warmUpSteps),
                startShare: try XCTUnwrap(p.startShare))
        default:
            throw XCTSkip("nothing is known of \(name)")
        }
    }

    /// PyTorch multiplies its way from step to step: what the two differ in is rounding.
    private func assertEqual(_ rates: [Double], _ golden: [Double], _ name: String) {
        XCTAssertEqual(rates.count, golden.count, name)
        for (step, (rate, golden)) in zip(rates, golden).enumerated() {
            XCTAssertEqual(rate, golden, accuracy: 2e-15, "\(name), step \(step)")
        }
    }

    func testRatesAreThoseOfPyTorch() throws {
        let cases = try golden().schedules
        XCTAssertEqual(Set(cases.map(\.name)).count, 11)
        for golden in cases {
            let schedule = try schedule(golden.name, golden.parameters)
            assertEqual(
                golden.rates.indices.map { schedule.rate(at: $0) }, golden.rates, "\(golden.name) \(golden.parameters)")
        }
    }

    func testPlateausFallWherePyTorchsDo() throws {
        let cases = try golden().plateaus
        XCTAssertEqual(cases.count, 24)
        for golden in cases {
            let p = golden.parameters
            var schedule = Plateau(
                rate: p.rate, metric: golden.metric, factor: p.factor, patience: p.patience, threshold: p.threshold,
                cooldown: p.cooldown, floor: p.floor)
            let rates = golden.values.enumerated().map { cycle, value in
                schedule.observe(.measured(cycle: cycle, loss: value, accuracy: value)).after
            }
            assertEqual(rates, golden.rates, "\(golden.metric) \(p)")
        }
    }
}

extension GlobalMetrics {
    /// Metrics whose loss or accuracy matters.
    static func measured(cycle: Int, loss: Double = 1, accuracy: Double = 0.5) -> GlobalMetrics {
        GlobalMetrics(
            cycle: cycle, step: 10 * (cycle + 1), cycleLength: 1, sampleCount: 1000, loss: loss, accuracy: accuracy,
            labelEntropy: 1, mutualInformation: 0.5, standardError: 0.01, residual: 0.5)
    }
}
