import NeuralNetwork
import XCTest

/// Convolutions against PyTorch's numbers: output and the gradients of input, weight and bias.
final class GoldenConvolutionTests: XCTestCase {
    private func check(
        _ options: Network.Options, tolerance: (Convolution) -> Double
    ) throws {
        for golden in try GoldenCase.all(of: "convolution.json") {
            guard let convolution = golden.specification.layers[0] as? Convolution else {
                return XCTFail("\(golden.name) is no convolution")
            }
            try golden.check(options, tolerance: tolerance(convolution))
        }
    }

    /// As in `GoldenLayerTests`: the sums have at most 400 terms; PyTorch's own float32 is off by 5 · 10⁻⁷.
    func testDirect() throws {
        try check(.direct) { _ in 2e-6 }
    }

    /// The transforms of F(4×4, 3×3) have coefficients up to 8, which the rounding of what they cancel grows by. Other
    /// shapes are computed directly.
    func testWinograd() throws {
        var eligible = 0
        try check(.winograd) { convolution in
            guard convolution.kernel == 3, convolution.stride == 1, convolution.groups == 1 else { return 2e-6 }
            eligible += 1
            return 2e-5
        }
        XCTAssertGreaterThan(eligible, 6)
    }

    /// Where channels fill registers, what is asked for is what runs.
    func testWinogradIsWhatRuns() throws {
        try requireAVX512()
        try XCTSkipUnless(Processor.libraryVersion.hasPrefix("2."), "oneDNN 3 has no Winograd algorithm")
        var ran = 0
        for golden in try GoldenCase.all(of: "convolution.json") {
            guard let convolution = golden.specification.layers[0] as? Convolution else { continue }
            var options = Network.Options.winograd
            options.computesInputGradient = true
            let network = try Network(
                golden.specification, options: options, nominalBatch: golden.batch, maximumBatch: golden.batch, seed: 1)
            let primitives = try XCTUnwrap(network.primitives["0"])
            let isEligible = convolution.kernel == 3 && convolution.stride == 1 && convolution.groups == 1
            for pass in ["forward", "backward data", "backward weights"] {
                let isWinograd = primitives[pass]?.contains("wino") == true
                if isWinograd { ran += 1 }
                XCTAssertTrue(!isWinograd || isEligible, "\(golden.name): \(primitives)")
                if isEligible, convolution.channels % 16 == 0, golden.inputShape[0] % 16 == 0 {
                    XCTAssertTrue(isWinograd, "\(golden.name), \(pass): \(primitives)")
                }
            }
        }
        XCTAssertGreaterThan(ran, 6)
    }

    /// Fewer than 16 channels are none of Winograd's algorithm, and as exact as directly.
    func testAutomatic() throws {
        try check(Network.Options()) { $0.channels < 16 ? 2e-6 : 2e-5 }
    }

    /// Arguments and results have eight bits: 2⁻⁹ of each, for values below the largest.
    func testBFloat16() throws {
        try requireBFloat16()
        // A single output is its own largest, however much its terms cancel.
        for golden in try GoldenCase.all(of: "convolution.json") where golden.output.count > 1 {
            for options in [
                Network.Options.bfloat16, .automaticBFloat16(isFast: false), .automaticBFloat16(isFast: true),
            ] {
                try golden.check(options, tolerance: 0x1p-7)
            }
        }
    }
}
