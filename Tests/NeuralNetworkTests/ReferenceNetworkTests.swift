import NeuralNetwork
import XCTest

/// The reference against PyTorch's numbers: what the laws hold the layers against is itself right.
final class ReferenceNetworkTests: XCTestCase {
    /// Both compute in double precision; nine digits are stored.
    private let tolerance = 1e-8

    func testOutputsAndLossesArePyTorchs() throws {
        for file in ["convolution", "normalization", "pooling", "residual", "map_networks", "sequences"] {
            for golden in try GoldenCase.all(of: "\(file).json") {
                let reference = ReferenceNetwork(
                    golden.specification, parameters: golden.parameterTensors, statistics: golden.statisticTensors)
                let samples = golden.samples.map(Double.init)
                let output = reference.forward(samples, mode: .training)
                XCTAssertEqual(output.shape, try golden.specification.outputShapes().last, golden.name)
                XCTAssertLessThan(golden.output.error(of: output.values), tolerance, golden.name)
                let inference = reference.forward(samples, mode: .inference).values
                XCTAssertLessThan(golden.inferenceOutput.error(of: inference), tolerance, golden.name)
                guard let labels = golden.labels, let loss = golden.meanLoss else { continue }
                XCTAssertEqual(
                    reference.loss(samples, labels: labels, smoothing: golden.labelSmoothing ?? 0), loss,
                    accuracy: tolerance * loss, golden.name)
            }
        }
    }
}
