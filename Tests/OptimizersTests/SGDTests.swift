import CKernels
import Foundation
import Optimizers
import XCTest

final class SGDTests: XCTestCase {
    // MARK: - PyTorch's numbers

    private struct Golden: Decodable {
        let parameters: Int
        let initial, gradient: Wave
        let gradientScales: [Double]
        let rates: [Float]
        let cases: [Case]
    }

    private struct Case: Decodable {
        let name: String
        let momentum, weightDecay: Float
        let nesterov: Bool
        let decayed: Int
        let maximumNorm: Double?
        let gradientNorms: [Double]?
        let parametersAfter: [String: [Double]]
    }

    /// Twenty steps of every variant, the rate falling and, where asked, the gradient clipped.
    func testPyTorchNumbers() throws {
        // The numbers lie with those of the network and are made by the script beside them.
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../NeuralNetworkTests/Golden/sgd.json")
        let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
        XCTAssertEqual(golden.cases.count, 8)
        let count = golden.parameters
        for variant in golden.cases {
            let optimizer = SGD(
                momentum: Double(variant.momentum), nesterov: variant.nesterov,
                weightDecay: Double(variant.weightDecay))
            var arena = Arena(parameters: golden.initial.values(0..<count))
            var compared = 0
            for (step, rate) in golden.rates.enumerated() {
                let scale = golden.gradientScales[step]
                arena.gradient = golden.gradient.values(step * count..<(step + 1) * count)
                    .map { Float(scale * Double($0)) }
                var gradientScale: Float = 1
                if let maximumNorm = variant.maximumNorm {
                    let squaredNorm = kernels_sum_of_squares(arena.gradient, Int64(count))
                    XCTAssertEqual(
                        squaredNorm.squareRoot(), variant.gradientNorms![step],
                        accuracy: 1e-7 * variant.gradientNorms![step])
                    gradientScale = GradientClipping.scale(squaredNorm: squaredNorm, maximumNorm: maximumNorm)
                }
                arena.update(
                    optimizer, 0..<variant.decayed, isDecayed: true, rate: Double(rate), gradientScale: gradientScale)
                arena.update(
                    optimizer, variant.decayed..<count, isDecayed: false, rate: Double(rate),
                    gradientScale: gradientScale)

                guard let expected = variant.parametersAfter["\(step + 1)"] else { continue }
                compared += 1
                XCTAssertEqual(expected.count, count)
                // A step rounds a parameter of up to 2 by at most 2⁻²⁴, and velocity, which sums ten gradients, by as much
                // in each of its operations, times a rate of at most 0.1. Errors are of either sign: after twenty steps
                // the largest seen is 5 · 10⁻⁷.
                let worst = zip(arena.parameters, expected).map { abs(Double($0) - $1) }.max()!
                XCTAssertLessThan(worst, 2e-6, "\(variant.name), step \(step + 1)")
            }
            XCTAssertEqual(compared, 4, variant.name)
        }
    }

    // MARK: - Laws

    /// The update in plain Swift arithmetic, rounded after every operation: equal to the bit on every processor.
    func testEveryOperationIsRounded() {
        for (momentum, nesterov) in [(Float(0), false), (0.9, false), (0.9, true)] {
            for count in [1, 7, 16, 33, 1001] {
                let optimizer = SGD(momentum: Double(momentum), nesterov: nesterov, weightDecay: 0.3)
                var arena = Arena(parameters: wave(count, phase: 0.1))
                var parameters = arena.parameters
                var velocity = [Float](repeating: 0, count: count)
                for step in 0..<3 {
                    arena.gradient = wave(count, phase: Double(step))
                    arena.update(optimizer, 0..<count, isDecayed: true, rate: 0.07, gradientScale: 0.7)
                    for index in 0..<count {
                        let decay: Float = 0.3 * parameters[index]
                        let scaled: Float = 0.7 * arena.gradient[index]
                        let gradient: Float = scaled + decay
                        let kept: Float = momentum * velocity[index]
                        velocity[index] = kept + gradient
                        let ahead: Float = momentum * velocity[index]
                        let direction: Float = nesterov ? gradient + ahead : velocity[index]
                        let change: Float = 0.07 * direction
                        parameters[index] -= change
                    }
                    XCTAssertEqual(
                        arena.parameters.map(\.bitPattern), parameters.map(\.bitPattern),
                        "momentum \(momentum), Nesterov \(nesterov), \(count) parameters, step \(step)")
                }
                if momentum > 0 { XCTAssertEqual(arena.state[0].map(\.bitPattern), velocity.map(\.bitPattern)) }
            }
        }
    }

    /// Any rank may own any slice.
    func testSlicesGiveTheBitsOfTheWhole() {
        let count = 101
        let optimizer = SGD(momentum: 0.9, nesterov: true, weightDecay: 0.01)
        var whole = Arena(parameters: wave(count, phase: 0.3))
        var sliced = whole
        for step in 0..<4 {
            whole.gradient = wave(count, phase: Double(step) + 0.6)
            sliced.gradient = whole.gradient
            whole.update(optimizer, 0..<count, isDecayed: true, rate: 0.1, gradientScale: 1)
            for (start, end) in [(0, 1), (1, 38), (38, 38), (38, 101)] {
                sliced.update(optimizer, start..<end, isDecayed: true, rate: 0.1, gradientScale: 1)
            }
            XCTAssertEqual(sliced.parameters, whole.parameters)
            XCTAssertEqual(sliced.state[0], whole.state[0])
        }
    }

    func testStateArenas() {
        XCTAssertEqual(SGD().stateArenaCount, 1)
        XCTAssertEqual(SGD(), SGD(momentum: 0.9, nesterov: false, weightDecay: 0))
        XCTAssertEqual(SGD(momentum: 0).stateArenaCount, 0)
    }

}

final class GradientClippingTests: XCTestCase {
    func testNormIsClippedAndSmallGradientsAreLeft() {
        XCTAssertEqual(GradientClipping.scale(squaredNorm: 0, maximumNorm: 1), 1)
        XCTAssertEqual(GradientClipping.scale(squaredNorm: 0.81, maximumNorm: 1), 1)
        XCTAssertEqual(GradientClipping.scale(squaredNorm: 16, maximumNorm: 1), Float(1 / (4 + 1e-6)))
        XCTAssertEqual(GradientClipping.scale(squaredNorm: 1e60, maximumNorm: 2), 2e-30)
    }
}
