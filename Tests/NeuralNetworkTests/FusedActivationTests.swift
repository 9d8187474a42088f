import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Activations that a normalization applies in its own passes.
final class FusedActivationTests: XCTestCase {
    private static let batch = 5

    private struct Outcome: Equatable {
        let logits: [UInt32]
        let gradient: [[UInt32]]
    }

    /// A step by weights that spread the values over both bounds of a ReLU6, and whether the last layer has no passes of its own.
    private func step(_ layers: [any LayerSpecification]) throws -> (outcome: Outcome, isFused: Bool) {
        let shape = [6, 5, 4]
        let test = try TestNetwork(
            NetworkSpecification(inputShape: shape, layers: layers + [Named("last", Dense(units: 3))]),
            nominalBatch: Self.batch, maximumBatch: Self.batch)
        let parameters = try test.fillParameters(3)
        try test.importParameters(
            parameters.map { tensor in
                guard tensor.name.hasSuffix("scaled.weight") else { return tensor }
                return Tensor(name: tensor.name, shape: tensor.shape, values: tensor.values.map { 30 * $0 })
            })
        let samples = uniform(Self.batch * shape.reduce(1, *), in: 1, fill: 8)
        let step = try test.step(samples, labels: [0, 1, 2, 0, 1], gradientScale: 0.2)
        let plan = try test.network.plan(batch: Self.batch, mode: .training)
        return (
            Outcome(logits: step.logits.map(\.bitPattern), gradient: step.gradient.map { $0.values.map(\.bitPattern) }),
            !(plan.forwardLabels + plan.backwardLabels).contains { $0.layer == "\(layers.count - 1)" }
        )
    }

    /// A dropout that drops nothing stands between what is not to be fused.
    func testTheBitsAreThoseOfPassesOfTheirOwn() throws {
        for activation in [ReLU(), ReLU6()] as [any LayerSpecification] {
            for normalization in [BatchNormalization(), GroupNormalization(groups: 2)] as [any LayerSpecification] {
                let normalized: [any LayerSpecification] = [
                    Named("first", Convolution(channels: 20, kernel: 3, padding: 1)), Named("scaled", normalization),
                ]
                let fused = try step(normalized + [activation])
                let apart = try step(normalized + [Dropout(rate: 0), activation])
                XCTAssertEqual(fused.outcome, apart.outcome, "\(normalization.kind), \(activation.kind)")
                XCTAssertEqual([fused.isFused, apart.isFused], [true, false])
            }
            let block = Residual([Convolution(channels: 6, kernel: 1), Named("scaled", BatchNormalization())])
            let fused = try step([Named("block", block), activation])
            let apart = try step([Named("block", block), Dropout(rate: 0), activation])
            XCTAssertEqual(fused.outcome, apart.outcome, "a sum, \(activation.kind)")
            XCTAssertEqual([fused.isFused, apart.isFused], [true, false])
        }
    }
}
