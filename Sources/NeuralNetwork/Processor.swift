import CKernels
import OneDNN

/// The processor that networks are computed with: what it offers to oneDNN and to Entrain's own kernels, and how the calling
/// thread uses it.
public enum Processor {
    /// The threads that a primitive run by the calling thread uses. One rank uses one unless told otherwise; with more,
    /// ranks times threads should not exceed the cores.
    public static func setThreadCount(_ threads: Int) {
        precondition(threads >= 1, "\(threads) threads asked for, at least 1 expected")
        kernels_set_thread_count(Int32(threads))
    }

    /// Makes the calling thread treat subnormal numbers as 0, as all training does: velocities of silent units decay into
    /// them, and processors compute with them many times slower.
    public static func flushSubnormals() {
        kernels_flush_subnormals()
    }

    /// The version of oneDNN, for example "2.6.3".
    public static var libraryVersion: String { Library.version }

    /// The instruction set that oneDNN generates code for on this processor, for example "AVX-512 bf16".
    public static var instructionSet: String { Library.instructionSets.description }

    /// The instruction sets that oneDNN and Entrain's own kernels may use on this processor, as bits: a set that all of several
    /// processors have is the bits that all of them have. The environment limits both by `DNNL_MAX_CPU_ISA`. Does not settle
    /// which oneDNN uses.
    public static var instructionSets: UInt32 { kernels_instruction_sets() }

    /// Lets oneDNN and Entrain's own kernels use these instruction sets at most; without effect on oneDNN once it has made a
    /// primitive.
    public static func limitInstructionSets(to sets: UInt32) {
        guard sets != 0 else { return }
        Library.limitInstructionSets(to: InstructionSets(rawValue: sets))
        kernels_limit_instruction_sets(sets)
    }

    /// True where the processor has bfloat16 instructions that oneDNN uses.
    public static var supportsBFloat16: Bool { Library.instructionSets.contains(.avx512BFloat16) }

    /// True where the processor has bfloat16 instructions that oneDNN uses, and multiplies faster with them than in float32.
    public static var hasFastBFloat16: Bool {
        Library.instructionSets.contains(.amx) || multipliesPairs && kernels_has_fast_avx512_bfloat16() != 0
    }

    /// True where bfloat16 is computed by AVX-512's instructions for pairs of numbers.
    static var multipliesPairs: Bool { supportsBFloat16 && !Library.instructionSets.contains(.amx) }

    /// True where oneDNN computes bfloat16 at all, if need be with instructions for float32.
    public static var canEmulateBFloat16: Bool { Library.instructionSets.contains(.avx512) }

    /// Channels in a block of a map: what a vector register holds, as oneDNN's own kernels prefer it.
    static var channelBlock: Int { Library.instructionSets.contains(.avx512) ? 16 : 8 }

    /// True where a convolution may add a map to its result. oneDNN 2.6 does so with SSE4.1 too, but with wrong results.
    static var canFuseAddition: Bool { hasFusedMultiplyAdd }

    /// True where the processor has fused multiply-adds and oneDNN may use them.
    package static var hasFusedMultiplyAdd: Bool { Library.instructionSets.contains(.avx2) }

    /// Floating-point operations per second that this thread reaches in oneDNN's sgemm on matrices 1024 × 1024, the best of
    /// six: what layers are measured by.
    public static func measurePeak() throws -> Double {
        let side = 1024
        let matrices = try AlignedBuffer(claimingFloats: 3 * side * side)
        defer { withExtendedLifetime(matrices) {} }
        let a = matrices.floats.baseAddress!
        var shortest = Double.infinity
        for _ in 0..<6 {
            let start = ContinuousClock.now
            try Library.multiply(a, a + side * side, into: a + 2 * side * side, side: side)
            shortest = min(shortest, (ContinuousClock.now - start) / .seconds(1))
        }
        return 2 * Double(side * side * side) / shortest
    }
}
