import InformationTheory
import LearningRate
import XCTest

/// The laws of `RateRule`, to be run on every schedule.
struct ScheduleLaws<S: RateRule> {
    let schedule: S

    /// Where every rate must lie.
    let bounds: ClosedRange<Double>

    let name: String

    /// Whether the rate may rise after the first cycle.
    var mayRise = false

    /// Steps a cycle in the histories the laws run on.
    private static var cycleSteps: Int { 10 }

    func checkAll(file: StaticString = #filePath, line: UInt = #line) throws {
        for (label, history) in Histories.all(cycleSteps: Self.cycleSteps) {
            let name = "\(name), \(label)"
            checkRatesStayInBounds(over: history, name, file, line)
            checkDecisionsTellTheTruth(over: history, name, file, line)
            checkCopiesGoTheirOwnWay(over: history, name, file, line)
            try checkCodingInMidRunKeepsTheFuture(over: history, name, file, line)
        }
    }

    /// Every rate of a run, step by step.
    private func rates(of start: S, from first: Int = 0, over history: [GlobalMetrics]) -> [Double] {
        var schedule = start
        var rates: [Double] = []
        var step = first
        for metrics in history {
            for next in step..<metrics.step { rates.append(schedule.rate(at: next)) }
            step = metrics.step
            schedule.observe(metrics)
        }
        for next in step..<(step + Self.cycleSteps) { rates.append(schedule.rate(at: next)) }
        return rates
    }

    private func checkRatesStayInBounds(
        over history: [GlobalMetrics], _ name: String, _ file: StaticString, _ line: UInt
    ) {
        let rates = rates(of: schedule, over: history)
        for rate in rates {
            XCTAssertTrue(rate.isFinite && bounds.contains(rate), "\(name): \(rate)", file: file, line: line)
        }
        let settled = rates[(history[0].step)...]
        for (earlier, later) in zip(settled, settled.dropFirst()) where !mayRise {
            XCTAssertLessThanOrEqual(later, earlier, name, file: file, line: line)
        }
        XCTAssertEqual(rates, self.rates(of: schedule, over: history), name, file: file, line: line)
    }

    private func checkDecisionsTellTheTruth(
        over history: [GlobalMetrics], _ name: String, _ file: StaticString, _ line: UInt
    ) {
        var schedule = schedule
        for metrics in history {
            let before = schedule.rate(at: metrics.step)
            let decision = schedule.observe(metrics)
            XCTAssertEqual(decision.before, before, name, file: file, line: line)
            XCTAssertEqual(decision.after, schedule.rate(at: metrics.step), name, file: file, line: line)
            checkRateIsTheHighestOfTheLayers(schedule, at: metrics.step, name, file, line)
            XCTAssertLessThanOrEqual(decision.after, decision.before, name, file: file, line: line)
            XCTAssertFalse(decision.description.contains("\n"), name, file: file, line: line)
        }
    }

    private func checkRateIsTheHighestOfTheLayers(
        _ schedule: S, at step: Int, _ name: String, _ file: StaticString, _ line: UInt
    ) {
        let highest =
            switch schedule.rates(at: step) {
            case .uniform(let rate): rate
            case .perLayer(let rates): rates.max() ?? .nan
            }
        XCTAssertEqual(schedule.rate(at: step), highest, name, file: file, line: line)
    }

    private func checkCopiesGoTheirOwnWay(
        over history: [GlobalMetrics], _ name: String, _ file: StaticString, _ line: UInt
    ) {
        let original = schedule
        let before = original.rate(at: history[0].step)
        var copy = original
        for metrics in history { copy.observe(metrics) }
        XCTAssertEqual(original, schedule, name, file: file, line: line)
        XCTAssertEqual(original.rate(at: history[0].step), before, name, file: file, line: line)
    }

    private func checkCodingInMidRunKeepsTheFuture(
        over history: [GlobalMetrics], _ name: String, _ file: StaticString, _ line: UInt
    ) throws {
        var schedule = schedule
        for (done, metrics) in history.enumerated() {
            defer { schedule.observe(metrics) }
            guard done < 3 || done == history.count / 2 || done == history.count - 1 else { continue }
            for resumed in try [viaJSON(schedule), viaPropertyList(schedule)] {
                XCTAssertEqual(resumed, schedule, name, file: file, line: line)
                let step = done == 0 ? 0 : history[done - 1].step
                let rest = Array(history[done...])
                XCTAssertEqual(
                    rates(of: resumed, from: step, over: rest).map(\.bitPattern),
                    rates(of: schedule, from: step, over: rest).map(\.bitPattern), name, file: file, line: line)
            }
        }
    }

    private func viaJSON(_ schedule: S) throws -> S {
        try JSONDecoder().decode(S.self, from: JSONEncoder().encode(schedule))
    }

    private func viaPropertyList(_ schedule: S) throws -> S {
        try PropertyListDecoder().decode(S.self, from: PropertyListEncoder().encode(schedule))
    }
}
