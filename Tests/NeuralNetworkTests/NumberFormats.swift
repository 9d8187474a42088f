import NeuralNetwork
import XCTest

extension Network.Options {
    static var direct: Self {
        var options = Self()
        options.convolution = .direct
        return options
    }

    static var winograd: Self {
        var options = Self()
        options.convolution = .winograd
        return options
    }

    /// As configurations have it where they say `precision: bf16`, on processors that multiply faster so or do not.
    static func automaticBFloat16(isFast: Bool) -> Self {
        Self(precision: .bfloat16, hasFastBFloat16: isFast)
    }

    /// Convolutions directly.
    static var bfloat16: Self {
        var options = direct
        options.precision = .bfloat16
        return options
    }
}

/// Skips a test where the processor has no bfloat16.
func requireBFloat16() throws {
    try XCTSkipUnless(Processor.supportsBFloat16, "the processor has no bfloat16")
}

/// True where oneDNN and Entrain's kernels use AVX-512.
var hasAVX512: Bool { Processor.instructionSet.hasPrefix("AVX-512") || Processor.instructionSet == "AMX" }

/// Skips a test where oneDNN has no AVX-512, for which its Winograd convolutions are written.
func requireAVX512() throws {
    try XCTSkipUnless(hasAVX512, "the processor has no AVX-512")
}
