import Foundation
import Optimizers
import XCTest

/// Every update rule beside SGD.
final class OptimizerTests: XCTestCase {
    private struct Case: Decodable {
        let name: String
        let rates: [Double]
        let settings: Settings
        let parametersAfter: [String: [Double]]
    }

    private struct Settings: Decodable {
        let weightDecay: Double
        let beta1, beta2, epsilon, alpha, momentum, rateDecay, initialSum, trust: Double?
        let centered: Bool?

        var moments: AdamMoments { AdamMoments(beta1: beta1!, beta2: beta2!, epsilon: epsilon!) }
    }

    private func optimizer(_ name: String, _ settings: Settings) -> any Optimizer {
        let weightDecay = settings.weightDecay
        return switch name {
        case "adam": Adam(moments: settings.moments, weightDecay: weightDecay)
        case "adamw": AdamW(moments: settings.moments, weightDecay: weightDecay)
        case "lamb": LAMB(moments: settings.moments, weightDecay: weightDecay)
        case "rmsprop":
            RMSprop(
                alpha: settings.alpha!, epsilon: settings.epsilon!, momentum: settings.momentum!,
                centered: settings.centered!, weightDecay: weightDecay)
        case "adagrad":
            AdaGrad(
                rateDecay: settings.rateDecay!, initialSum: settings.initialSum!, epsilon: settings.epsilon!,
                weightDecay: weightDecay)
        case "lars": LARS(momentum: settings.momentum!, trust: settings.trust!, weightDecay: weightDecay)
        default: preconditionFailure(name)
        }
    }

    /// Twenty updates by PyTorch's numbers, or the papers' algorithms, in double precision; gradients of sizes from a
    /// thousandth to thirty, a rate that falls.
    func testGoldenNumbers() throws {
        let golden = try Golden<Case>.read("optimizers.json")
        XCTAssertEqual(Set(golden.cases.map(\.name)), ["adam", "adamw", "lamb", "rmsprop", "adagrad", "lars"])
        let count = golden.parameters
        for variant in golden.cases {
            let rule = optimizer(variant.name, variant.settings)
            var arena = Arena(parameters: golden.initial.values(0..<count))
            var compared = 0
            for (step, rate) in variant.rates.enumerated() {
                let scale = golden.gradientScales[step]
                let gradient = golden.gradient.values(step * count..<(step + 1) * count)
                arena.gradient = gradient.map { Float(scale * Double($0)) }
                for tensor in golden.tensors {
                    arena.update(
                        rule, tensor.start..<tensor.end, isDecayed: tensor.isDecayed, rate: rate, step: step)
                }
                guard let expected = variant.parametersAfter["\(step + 1)"] else { continue }
                compared += 1
                let worst = zip(arena.parameters, expected).map { abs(Double($0) - $1) }.max()!
                // A parameter is rounded by 2⁻²⁵ of its size in each operation of twenty steps; LARS's biases grow to a hundred.
                let size = max(1, expected.map(abs).max()!)
                XCTAssertLessThan(worst / size, 3e-6, "\(variant.name) \(variant.settings), step \(step + 1)")
            }
            XCTAssertEqual(compared, 4, variant.name)
        }
    }

    private let rules: [any Optimizer] = [
        Adam(weightDecay: 0.1), AdamW(weightDecay: 0.1), RMSprop(weightDecay: 0.1),
        RMSprop(momentum: 0.9), RMSprop(centered: true), RMSprop(momentum: 0.5, centered: true),
        AdaGrad(rateDecay: 0.1, initialSum: 0.2), LAMB(weightDecay: 0.1), LARS(weightDecay: 0.1),
    ]

    /// Any rank may own any slice: what the norms say aside, each number is updated by itself.
    func testSlicesGiveTheBitsOfTheWhole() {
        let count = 101
        func compare(_ rule: some Optimizer) {
            var whole = Arena(parameters: wave(count, phase: 0.3))
            var sliced = whole
            for step in 0..<4 {
                whole.gradient = wave(count, phase: Double(step) + 0.6)
                sliced.gradient = whole.gradient
                whole.update(rule, 0..<count, isDecayed: !rule.needsNorms, rate: 0.1, step: step, gradientScale: 0.7)
                for (start, end) in [(0, 1), (1, 38), (38, 38), (38, 101)] {
                    sliced.update(
                        rule, start..<end, isDecayed: !rule.needsNorms, rate: 0.1, step: step, gradientScale: 0.7)
                }
                XCTAssertEqual(sliced.parameters, whole.parameters, "\(rule)")
                XCTAssertEqual(sliced.state, whole.state, "\(rule)")
            }
        }
        for rule in rules { compare(rule) }
    }

    /// Adam in plain Swift arithmetic, rounded after every operation: equal to the bit on every processor.
    func testEveryOperationIsRounded() {
        let (rate, meanShare, squareDecay, squareShare) = (0.02, Float(1 - 0.9), Float(0.999), Float(1 - 0.999))
        for count in [1, 7, 16, 33, 1001] {
            var arena = Arena(parameters: wave(count, phase: 0.1))
            var parameters = arena.parameters
            var (mean, square) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
            for step in 0..<3 {
                arena.gradient = wave(count, phase: Double(step))
                let gradient = arena.gradient
                arena.update(
                    Adam(weightDecay: 0.3), 0..<count, isDecayed: true, rate: rate, step: step, gradientScale: 0.7)
                let stepSize = Float(rate * (1 / (1 - pow(0.9, Double(step + 1)))))
                let correction = Float((1 - pow(0.999, Double(step + 1))).squareRoot())
                for index in 0..<count {
                    let scaled: Float = 0.7 * gradient[index]
                    let decay: Float = 0.3 * parameters[index]
                    let g: Float = scaled + decay
                    let difference: Float = g - mean[index]
                    let part: Float = meanShare * difference
                    mean[index] += part
                    let kept: Float = squareDecay * square[index]
                    let squared: Float = g * g
                    let added: Float = squareShare * squared
                    square[index] = kept + added
                    let root: Float = square[index].squareRoot() / correction
                    let quotient: Float = mean[index] / (root + 1e-8)
                    let change: Float = stepSize * quotient
                    parameters[index] -= change
                }
                XCTAssertEqual(arena.parameters.map(\.bitPattern), parameters.map(\.bitPattern), "\(count), \(step)")
            }
        }
    }

    /// The tensor's size, not the gradient's, decides how far LAMB and LARS go; what is not decayed goes as far as told.
    func testTrustRatios() {
        func distance(_ rule: some Optimizer, scale: Float, gradient: Float, isDecayed: Bool) -> Double {
            let start = wave(64, phase: 0.2).map { scale * $0 }
            var arena = Arena(parameters: start)
            arena.gradient = wave(64, phase: 0.9).map { gradient * $0 }
            arena.update(rule, 0..<64, isDecayed: isDecayed, rate: 0.1)
            return zip(arena.parameters, start).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }.squareRoot()
        }
        func norm(_ scale: Double) -> Double {
            scale * wave(64, phase: 0.2).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        }
        for scale in [0.25, 1, 8] {
            XCTAssertEqual(
                distance(LAMB(), scale: Float(scale), gradient: 3, isDecayed: true), 0.1 * norm(scale),
                accuracy: 1e-5 * norm(scale))
            XCTAssertEqual(
                distance(LARS(trust: 0.01), scale: Float(scale), gradient: 3, isDecayed: true), 0.001 * norm(scale),
                accuracy: 1e-6 * norm(scale))
        }
        XCTAssertEqual(
            distance(LARS(), scale: 1, gradient: 3, isDecayed: false),
            3 * distance(LARS(), scale: 8, gradient: 1, isDecayed: false), accuracy: 1e-5)
        XCTAssertGreaterThan(distance(LAMB(), scale: 0, gradient: 1, isDecayed: true), 0)
    }
}
