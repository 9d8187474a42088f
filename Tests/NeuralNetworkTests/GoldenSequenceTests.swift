import NeuralNetwork
import XCTest

/// Layers on sequences, and small transformers, against PyTorch's numbers.
final class GoldenSequenceTests: XCTestCase {
    func testSequences() throws {
        for golden in try GoldenCase.all(of: "sequences.json") {
            try golden.check(Network.Options(), tolerance: 1e-5)
        }
    }

    func testBFloat16() throws {
        try requireBFloat16()
        for golden in try GoldenCase.all(of: "sequences.json") {
            try golden.check(.bfloat16, tolerance: 0x1p-4, gradientTolerance: 0x1p-4)
        }
    }
}
