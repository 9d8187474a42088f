import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Losses of real targets.
final class TargetLossTests: XCTestCase {
    private static let losses: [any TargetLoss] = [MeanSquaredError(), MeanAbsoluteError(), HuberLoss(delta: 1.5)]

    /// PyTorch's `MSELoss`, `L1Loss` and `HuberLoss(delta=1.5)` of one number, and their gradients.
    func testPyTorchsNumbers() {
        let expected: [[(error: Double, loss: Double, slope: Double)]] = [
            [(-3, 9, -6), (-0.5, 0.25, -1), (0, 0, 0), (0.25, 0.0625, 0.5), (2, 4, 4)],
            [(-3, 3, -1), (-0.5, 0.5, -1), (0, 0, 0), (0.25, 0.25, 1), (2, 2, 1)],
            [(-3, 3.375, -1.5), (-0.5, 0.125, -0.5), (0, 0, 0), (0.25, 0.03125, 0.25), (2, 1.875, 1.5)],
        ]
        for (loss, numbers) in zip(Self.losses, expected) {
            for (error, value, slope) in numbers {
                XCTAssertEqual(loss.loss(of: error), value, "\(loss) of \(error)")
                XCTAssertEqual(loss.slope(at: error), slope, "\(loss) at \(error)")
            }
        }
    }

    func testSlopesAreThoseOfFiniteDifferences() {
        for type in TargetLosses.all.types {
            let loss = type.init() as! any TargetLoss
            for error in [-7.25, -1.125, -0.375, 0.625, 1.5625, 11] {
                let step = 1e-5
                let difference = (loss.loss(of: error + step) - loss.loss(of: error - step)) / (2 * step)
                XCTAssertEqual(loss.slope(at: error), difference, accuracy: 1e-8, "\(type.name) at \(error)")
            }
            XCTAssertEqual(loss.loss(of: 0), 0)
        }
    }

    /// The gradient of every parameter of a network with one output.
    func testGradientsOfParameters() throws {
        let samples = uniform(5 * 3, in: 2, fill: 4)
        let targets: [Float] = [0.5, -2, 3, 0.125, -0.75]
        for loss in Self.losses {
            let network = try TestNetwork(NetworkSpecification(inputShape: [3], layers: [Dense(units: 1)]))
            var tensors = try network.fillParameters(7)
            let objective = Objective.targets(loss, [TargetOutput(name: "y", binCount: 2) { $0 < 0 ? 0 : 1 }])
            let plan = try network.network.plan(batch: 5, mode: .training)
            func mean() throws -> Double {
                _ = plan.input.update(from: samples)
                _ = plan.targets.update(from: targets)
                try plan.forward()
                return plan.loss(of: objective, gradientScale: 1 / 5).mean(over: 5)
            }
            _ = try mean()
            XCTAssertEqual(Array(plan.predictions), plan.logits.map { $0 < 0 ? 0 : 1 })
            try plan.backward()
            let gradient = try network.network.exportGradient()
            for tensor in tensors.indices {
                for place in tensors[tensor].values.indices {
                    let value = tensors[tensor].values[place]
                    var losses: [Double] = []
                    for step in [Float(0x1p-7), -0x1p-7] {
                        tensors[tensor].values[place] = value + step
                        try network.importParameters(tensors)
                        losses.append(try mean())
                    }
                    tensors[tensor].values[place] = value
                    try network.importParameters(tensors)
                    XCTAssertEqual(
                        Double(gradient[tensor].values[place]), (losses[0] - losses[1]) / 0x1p-6, accuracy: 3e-3,
                        "\(type(of: loss).name), \(tensors[tensor].name) \(place)")
                }
            }
        }
    }

    /// PyTorch's `MSELoss` of [N, T]: the mean over samples and targets.
    func testSeveralTargets() throws {
        let network = try TestNetwork(NetworkSpecification(inputShape: [1], layers: [Dense(units: 3)]))
        let plan = try network.network.plan(batch: 2, mode: .training)
        let outputs: [Float] = [1, -2, 0.5, 0, 4, 8]
        let targets: [Float] = [0.5, -2, 1.5, 1, 3, -8]
        _ = plan.logits.update(from: outputs)
        _ = plan.targets.update(from: targets)
        let objective = Objective.targets(
            MeanSquaredError(), (0..<3).map { TargetOutput(name: "\($0)", binCount: 2) { $0 < 0.75 ? 0 : 1 } })
        let loss = plan.loss(of: objective, gradientScale: 1 / Float(2 * objective.lossesPerSample))
        XCTAssertEqual(loss.mean(over: 2 * objective.lossesPerSample), (0.25 + 0 + 1 + 1 + 1 + 256) / 6, accuracy: 1e-7)
        XCTAssertEqual(Array(plan.predictions), [1, 0])
        try plan.backward()
        let slopes = zip(outputs, targets).map { 2 * ($0 - $1) / 6 }
        let bias = try XCTUnwrap(try network.network.exportGradient().first { $0.name == "0.bias" })
        for output in 0..<3 { XCTAssertEqual(bias.values[output], slopes[output] + slopes[output + 3], accuracy: 1e-6) }
    }

    /// Sums are exact also of losses that are huge, and of those that are none.
    func testLargeLossesAndNone() throws {
        let network = try TestNetwork(NetworkSpecification(inputShape: [1], layers: [Dense(units: 1)]))
        let plan = try network.network.plan(batch: 4, mode: .inference)
        func loss(_ outputs: [Float]) -> BatchLoss {
            _ = plan.logits.update(from: outputs)
            plan.targets.update(repeating: 0)
            return plan.loss(of: .targets(MeanSquaredError(), [TargetOutput(name: "y", binCount: 1) { _ in 0 }]))
        }
        XCTAssertEqual(loss([0x1p40, 0, 0.5, -1]).mean(over: 4), (0x1p80 + 1.25) / 4)
        for (output, count) in [(Float(0x1p66), 1), (.infinity, 1), (.nan, 1), (0x1p65, 0)] {
            XCTAssertEqual(loss([output, 1, 1, 1]).nonFiniteCount, Int64(count), "\(output)")
        }
    }
}
