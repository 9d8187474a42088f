import NeuralNetwork
import NeuralNetworkTestSupport
import XCTest

/// Parameters that stay as they are.
final class FrozenParametersTests: XCTestCase {
    private static let (channels, batch) = (6, 5)

    /// A frozen normalization is a factor and an addend of each channel, as a convolution 1 × 1 of each channel for itself is: in
    /// front of it and behind it the gradients are those of that network.
    func testAFrozenNormalizationIsAFactorAndAnAddend() throws {
        func network(_ middle: any LayerSpecification) -> NetworkSpecification {
            NetworkSpecification(
                inputShape: [2, 5, 4],
                layers: [Convolution(channels: Self.channels, kernel: 3), middle, Tanh(), Dense(units: 3)])
        }
        var options = Network.Options.direct
        options.frozen = ["1"]
        let frozen = try TestNetwork(network(BatchNormalization(epsilon: 0.01)), options: options)
        let plain = try TestNetwork(
            network(Convolution(channels: Self.channels, kernel: 1, groups: Self.channels)), options: .direct)
        let parameters = try frozen.fillParameters(2)
        let statistics = try frozen.fillStatistics(3)
        func values(_ name: String) -> [Float] { (parameters + statistics).first { $0.name == name }!.values }
        let scale = zip(values("1.weight"), values("1.running_var")).map { $0 / ($1 + 0.01).squareRoot() }
        let shift = zip(values("1.bias"), zip(values("1.running_mean"), scale)).map { $0 - $1.0 * $1.1 }
        try plain.importParameters(
            parameters.map { tensor in
                switch tensor.name {
                case "1.weight": Tensor(name: tensor.name, shape: [Self.channels, 1, 1, 1], values: scale)
                case "1.bias": Tensor(name: tensor.name, shape: [Self.channels], values: shift)
                default: tensor
                }
            })
        let samples = uniform(Self.batch * 40, in: 1, fill: 9)
        let labels = cyclicLabels(Self.batch, classes: 3)
        let found = try frozen.step(samples, labels: labels, gradientScale: 0.2)
        let expected = try plain.step(samples, labels: labels, gradientScale: 0.2)
        XCTAssertLessThan(relativeError(found.logits, expected.logits.map(Double.init)), 1e-6)
        for (found, expected) in zip(found.gradient, expected.gradient) where !found.name.hasPrefix("1.") {
            XCTAssertLessThan(
                relativeError(found.values, expected.values.map(Double.init)), 1e-5, found.name)
        }
        for gradient in found.gradient where gradient.name.hasPrefix("1.") {
            XCTAssertEqual(gradient.values, gradient.values.map { _ in 0 }, gradient.name)
        }
        XCTAssertEqual(frozen.network.exportStatistics(), statistics)
        // In training as in inference.
        XCTAssertEqual(found.logits, try frozen.logits(samples, batch: Self.batch))
    }

    func testNamesAreThoseOfParametersUpToAFullStop() throws {
        func frozen(_ names: [String]) throws -> [String] {
            var options = Network.Options.direct
            options.frozen = names
            let specification = NetworkSpecification.mlp(
                inputShape: [3], hidden: .init(repeating: 4, count: 6), classes: 2)
            let network = try TestNetwork(specification, options: options)
            try network.network.checkFrozen()
            return network.network.layout.tensors.filter(\.isFrozen).map(\.name)
        }
        XCTAssertEqual(try frozen(["0", "2.bias"]), ["0.weight", "0.bias", "2.bias"])
        XCTAssertEqual(try frozen([]), [])
        for names in [["1"], ["0", "2.b"]] { XCTAssertThrowsError(try frozen(names)) }
        XCTAssertThrowsError(try frozen(["0", "2", "4", "6", "8", "10", "12"]))
    }
}
