import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// While the backward pass goes on it tells which gradients are final.
final class FinalGradientTests: XCTestCase {
    func testGradientsThatAreCalledFinalDoNotChange() throws {
        let networks: [NetworkSpecification] = [
            .mlp(inputShape: [13], hidden: [29, 17], classes: 5, dropout: 0.25),
            .resnet(depth: 20, inputShape: [3, 8, 8], classes: 4, shortcut: .b),
            .wideResnet(depth: 10, widening: 1, inputShape: [3, 8, 8], classes: 4),
        ]
        for specification in networks {
            let network = try TestNetwork(specification)
            let plan = try network.network.plan(batch: 4, mode: .training)
            for index in plan.input.indices { plan.input[index] = Float(index % 11) / 11 }
            for sample in 0..<4 { plan.labels[sample] = Int32(sample) }
            try plan.forward()
            _ = plan.loss()
            let gradient = network.gradient.floats
            gradient.update(repeating: .nan)
            var seen: [(floor: Int, bits: [UInt32])] = []
            try plan.backward { floor in seen.append((floor, gradient[floor...].map(\.bitPattern))) }
            for (floor, bits) in seen { XCTAssertEqual(bits, gradient[floor...].map(\.bitPattern)) }
            // All of them in the end, and layer by layer.
            XCTAssertEqual(seen.last?.floor, 0)
            let layers = network.network.layout.layers.count
            XCTAssertGreaterThan(seen.count, layers / 2, "\(layers) layers")
        }
    }
}
