import NeuralNetwork
import XCTest

/// Residual blocks against PyTorch's numbers: identity, options A and B, post- and pre-activation, nested.
final class GoldenResidualTests: XCTestCase {
    /// PyTorch's own float32 is off by 6 · 10⁻⁷.
    func testDirect() throws {
        for golden in try GoldenCase.all(of: "residual.json") {
            try golden.check(.direct, tolerance: 4e-6)
        }
    }

    func testBFloat16() throws {
        try requireBFloat16()
        for golden in try GoldenCase.all(of: "residual.json") {
            for options in [
                Network.Options.bfloat16, .automaticBFloat16(isFast: false), .automaticBFloat16(isFast: true),
            ] {
                try golden.check(options, tolerance: 0x1p-6, gradientTolerance: golden.hasKinks ? 0.1 : nil)
            }
        }
    }
}
