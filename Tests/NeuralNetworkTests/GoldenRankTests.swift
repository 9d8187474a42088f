import NeuralNetwork
import XCTest

/// Layers on signals and volumes, convolutions with dilation, branches and upsampling, against PyTorch's numbers.
final class GoldenRankTests: XCTestCase {
    private func check(_ options: Network.Options, tolerance: Double, gradientTolerance: Double? = nil) throws {
        for golden in try ["ranks.json", "dilation.json", "branches.json", "upsampling.json"].flatMap({
            try GoldenCase.all(of: $0)
        }) {
            let isRough = gradientTolerance != nil && golden.hasKinks
            try golden.check(options, tolerance: tolerance, gradientTolerance: isRough ? gradientTolerance : nil)
        }
    }

    /// As in `GoldenLayerTests`, with the normalization's quotients.
    func testDirect() throws {
        try check(.direct, tolerance: 1e-5)
    }

    func testAutomatic() throws {
        try check(Network.Options(), tolerance: 1e-5)
    }

    /// Values that eight bits make equal, and results of ReLU that are 0 in one precision only, move whole elements of a gradient.
    func testBFloat16() throws {
        try requireBFloat16()
        try check(.bfloat16, tolerance: 0x1p-6, gradientTolerance: .infinity)
        try check(.automaticBFloat16(isFast: true), tolerance: 0x1p-6, gradientTolerance: .infinity)
    }
}
