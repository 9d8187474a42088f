/// The number format of activations, their gradients and the weights that oneDNN's layers compute with; the project's own
/// kernels multiply with the float32 parameters. Parameters, their gradients, statistics and the loss are float32 with either.
public enum Precision: String, Sendable, CaseIterable {
    case float32 = "f32"
    case bfloat16 = "bf16"
}

/// A number format that this processor cannot compute in.
public struct UnsupportedPrecision: Error, CustomStringConvertible, Sendable {
    public let description: String
}

extension Precision {
    /// - Throws: where oneDNN has no kernels for the format on this processor.
    public func checkSupport(emulated: Bool) throws(UnsupportedPrecision) {
        guard self == .bfloat16, !Processor.supportsBFloat16 else { return }
        let found = "this processor offers \(Processor.instructionSet)"
        if !Processor.canEmulateBFloat16 {
            throw UnsupportedPrecision(
                description:
                    "precision bf16: expected a processor with AVX-512, \(found); compute in f32 (training.precision; evaluate --precision)"
            )
        }
        if !emulated {
            throw UnsupportedPrecision(
                description:
                    "precision bf16: expected a processor with bfloat16 instructions, \(found); compute in f32 "
                    + "(training.precision; evaluate --precision), or give --emulate to compute it slowly")
        }
    }
}
