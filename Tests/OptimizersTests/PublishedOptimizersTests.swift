import Foundation
import Optimizers
import XCTest

/// Rules that find their own rate or average their own iterates, beside the packages of their papers' authors.
final class PublishedOptimizersTests: XCTestCase {
    private struct Case: Decodable {
        let name: String
        let rates: [Double]
        let settings: Settings
        let decaysAll: Bool
        let parametersAfter, evaluatedAfter: [String: [Double]]
        let estimatesAfter: [String: Double]
    }

    private struct Settings: Decodable {
        let weightDecay: Double
        let momentum, power, beta1, beta2, beta3, epsilon, lowerBound, firstDistance, distanceFactor: Double?
    }

    private func optimizer(_ name: String, _ s: Settings) -> any Optimizer {
        switch name {
        case "schedule-free-sgd":
            ScheduleFreeSGD(momentum: s.momentum!, power: s.power!, weightDecay: s.weightDecay)
        case "schedule-free-adamw":
            ScheduleFreeAdamW(
                beta1: s.momentum!, beta2: s.beta2!, epsilon: s.epsilon!, power: s.power!, weightDecay: s.weightDecay)
        case "momo": MoMo(momentum: s.momentum!, lowerBound: s.lowerBound!, weightDecay: s.weightDecay)
        case "dog": DoG(firstDistance: s.firstDistance!, weightDecay: s.weightDecay)
        case "prodigy":
            Prodigy(
                moments: AdamMoments(beta1: s.beta1!, beta2: s.beta2!, epsilon: s.epsilon!), beta3: s.beta3,
                firstDistance: s.firstDistance!, distanceFactor: s.distanceFactor!, weightDecay: s.weightDecay)
        default: preconditionFailure(name)
        }
    }

    /// Twenty updates; gradients of sizes from a thousandth to thirty, rates that rise and fall, losses that fall.
    func testTheAuthorsNumbers() throws {
        let golden = try Golden<Case>.read("published.json")
        XCTAssertEqual(
            Set(golden.cases.map(\.name)), ["schedule-free-sgd", "schedule-free-adamw", "momo", "dog", "prodigy"])
        let (count, losses) = (golden.parameters, try XCTUnwrap(golden.losses))
        for variant in golden.cases {
            let rule = optimizer(variant.name, variant.settings)
            let runs = golden.tensors.map { ($0.start..<$0.end, $0.isDecayed || variant.decaysAll) }
            var arena = Arena(parameters: golden.initial.values(0..<count))
            var compared = 0
            for (step, rate) in variant.rates.enumerated() {
                arena.gradient = golden.gradient.values(step * count..<(step + 1) * count)
                    .map { Float(golden.gradientScales[step] * Double($0)) }
                arena.update(rule, runs, rate: rate, step: step, loss: losses[step])
                let what = "\(variant.name) \(variant.settings), step \(step + 1)"
                guard let expected = variant.parametersAfter["\(step + 1)"] else { continue }
                compared += 1
                func compare(_ found: [Float], _ expected: [Double]) {
                    let worst = zip(found, expected).map { abs(Double($0) - $1) }.max()!
                    XCTAssertLessThan(worst / max(1, expected.map(abs).max()!), 3e-6, what)
                }
                compare(arena.parameters, expected)
                XCTAssertEqual(rule.evaluatesOthers, variant.evaluatedAfter["\(step + 1)"] != nil)
                if let evaluated = variant.evaluatedAfter["\(step + 1)"] {
                    compare(arena.evaluated(rule), evaluated)
                    XCTAssertTrue(step == 0 || arena.evaluated(rule) != arena.parameters, what)
                }
                if let estimate = variant.estimatesAfter["\(step + 1)"] {
                    // Distances are between parameters of about 1, which are rounded by 2⁻²⁵ each.
                    XCTAssertEqual(arena.numbers[0], estimate, accuracy: 5e-7 + 1e-5 * estimate, what)
                }
            }
            XCTAssertEqual(compared, 4, variant.name)
        }
    }

    private let rules: [any Optimizer] = [
        ScheduleFreeSGD(weightDecay: 0.1), ScheduleFreeAdamW(power: 2, weightDecay: 0.1),
        MoMo(weightDecay: 0.1), DoG(firstDistance: 1e-3, weightDecay: 0.1),
        Prodigy(firstDistance: 1e-3, weightDecay: 0.1),
    ]

    /// Any rank may own any slice: what the sums say aside, each number is updated by itself; sums differ by their rounding.
    func testSlicesGiveTheBitsOfTheWhole() {
        let count = 101
        func compare(_ rule: some Optimizer) {
            var whole = Arena(parameters: wave(count, phase: 0.3))
            var sliced = whole
            for step in 0..<4 {
                whole.gradient = wave(count, phase: Double(step) + 0.6)
                sliced.gradient = whole.gradient
                let sums = whole.update(
                    rule, [(0..<count, true)], rate: 0.1, step: step, loss: 0.3, gradientScale: 0.7)
                let parts = sliced.update(
                    rule, [0..<1, 1..<38, 38..<38, 38..<101].map { ($0, true) }, rate: 0.1, step: step, loss: 0.3,
                    gradientScale: 0.7, sums: sums)
                for index in 0..<8 {
                    XCTAssertEqual(parts[index], sums[index], accuracy: 1e-12 * abs(sums[index]), "\(rule)")
                }
                XCTAssertEqual(sliced.parameters, whole.parameters, "\(rule)")
                XCTAssertEqual(sliced.state, whole.state, "\(rule)")
            }
            XCTAssertNotEqual(whole.parameters, wave(count, phase: 0.3), "\(rule)")
        }
        for rule in rules { compare(rule) }
    }

    /// Without a gradient there is nothing to divide by, and nothing changes.
    func testAGradientOfZeroChangesNothing() {
        for rule in [ScheduleFreeSGD(), MoMo(), DoG(), Prodigy()] as [any Optimizer] {
            var arena = Arena(parameters: wave(33, phase: 0.3))
            for step in 0..<3 { arena.update(rule, [(0..<33, true)], rate: 1, step: step, loss: 0.3) }
            XCTAssertEqual(arena.parameters, wave(33, phase: 0.3), "\(rule)")
            XCTAssertEqual(arena.evaluated(rule), arena.parameters, "\(rule)")
        }
    }
}
