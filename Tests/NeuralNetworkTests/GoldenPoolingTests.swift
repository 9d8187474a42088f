import NeuralNetwork
import XCTest

/// Pooling against PyTorch's numbers: output and the gradient of the input.
final class GoldenPoolingTests: XCTestCase {
    func testPoolings() throws {
        for golden in try GoldenCase.all(of: "pooling.json") {
            try golden.check(Network.Options(), tolerance: 2e-6)
        }
    }

    func testBFloat16() throws {
        try requireBFloat16()
        for golden in try GoldenCase.all(of: "pooling.json") {
            // Values that eight bits make equal: either may be the largest, so the gradient is left open.
            try golden.check(.bfloat16, tolerance: 0x1p-7, gradientTolerance: golden.hasKinks ? .infinity : nil)
        }
    }
}
