import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// The loss of labels.
final class BinaryCrossEntropyTests: XCTestCase {
    private static let logits: [Double] = [-800, -3, -0.25, 0, 0.5, 2, 60]

    /// PyTorch's `binary_cross_entropy_with_logits` in float64, and its gradients.
    func testPyTorchsNumbers() {
        let expected: [(label: Double, losses: [Double], slopes: [Double])] = [
            (
                0, [0, 0.0485873515737, 0.575939419879, 0.69314718056, 0.97407698418, 2.12692801104, 60],
                [0, 0.0474258731776, 0.437823499114, 0.5, 0.622459331202, 0.880797077978, 1]
            ),
            (
                1,
                [800, 3.04858735157, 0.825939419879, 0.69314718056, 0.47407698418, 0.126928011043, 8.7565107627e-27],
                [-1, -0.952574126822, -0.562176500886, -0.5, -0.377540668798, -0.119202922022, 0]
            ),
        ]
        for (label, losses, slopes) in expected {
            for (index, logit) in Self.logits.enumerated() {
                XCTAssertEqual(
                    BinaryCrossEntropy.loss(logit: logit, label: label), losses[index],
                    accuracy: 1e-11 * max(1, losses[index]), "\(logit)")
                XCTAssertEqual(BinaryCrossEntropy.slope(logit: logit, label: label), slopes[index], accuracy: 1e-11)
            }
        }
        XCTAssertEqual(BinaryCrossEntropy.entropy(ofProbability: 0.25), 0.5623351446188083, accuracy: 1e-15)
        XCTAssertEqual(BinaryCrossEntropy.entropy(ofProbability: 1), 0)
    }

    /// The mean over samples and labels, its gradient, what is predicted, and logits that are none.
    func testABatch() throws {
        let network = try TestNetwork(NetworkSpecification(inputShape: [1], layers: [Dense(units: 2)]))
        let plan = try network.network.plan(batch: 3, mode: .training)
        let logits: [Float] = [0.5, -2, 0, 3, -0.25, 1]
        let labels: [Float] = [1, 0, 0, 1, 1, 0]
        _ = plan.logits.update(from: logits)
        _ = plan.targets.update(from: labels)
        let objective = Objective.labels([TargetOutput(label: "a"), TargetOutput(label: "b")])
        let loss = plan.loss(of: objective, gradientScale: 1 / 6)
        let each = zip(logits, labels).map { BinaryCrossEntropy.loss(logit: Double($0), label: Double($1)) }
        XCTAssertEqual(loss.mean(over: 3 * objective.lossesPerSample), each.reduce(0, +) / 6, accuracy: 1e-7)
        XCTAssertEqual(Array(plan.predictions), [1, 1, 0])
        try plan.backward()
        let slopes = zip(logits, labels).map { BinaryCrossEntropy.slope(logit: Double($0), label: Double($1)) / 6 }
        let bias = try XCTUnwrap(try network.network.exportGradient().first { $0.name == "0.bias" })
        for output in 0..<2 {
            XCTAssertEqual(
                Double(bias.values[output]), slopes[output] + slopes[output + 2] + slopes[output + 4], accuracy: 1e-7)
        }
        _ = plan.logits.update(from: [.nan, .infinity, -.infinity, 0, 0, 0])
        XCTAssertEqual(plan.loss(of: objective).nonFiniteCount, 2)
    }
}
