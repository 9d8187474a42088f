import NeuralNetwork
import XCTest

/// Batch and layer normalisation against PyTorch's numbers: with the statistics of the batch and their gradients, the
/// running statistics after a step, and inference by running statistics; alone and with ReLU behind.
final class GoldenNormalizationTests: XCTestCase {
    /// PyTorch's own float32 is off by 1.1 · 10⁻⁶.
    func testNormalizations() throws {
        for golden in try GoldenCase.all(of: "normalization.json") {
            try golden.check(Network.Options(), tolerance: 4e-6)
        }
    }

    /// Some results of ReLU are 0 in one precision only.
    func testBFloat16() throws {
        try requireBFloat16()
        for golden in try GoldenCase.all(of: "normalization.json") {
            try golden.check(.bfloat16, tolerance: 0x1p-6, gradientTolerance: golden.hasKinks ? 0.1 : nil)
        }
    }
}
