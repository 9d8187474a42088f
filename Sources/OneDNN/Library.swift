import CDNNL

/// The library that is linked, as a whole.
public enum Library {
    /// For example "2.6.3".
    public static var version: String {
        let version = dnnl_version().pointee
        return "\(version.major).\(version.minor).\(version.patch)"
    }

    /// The instruction sets that oneDNN generates code for on this processor. The environment limits them by
    /// `DNNL_MAX_CPU_ISA`.
    public static var instructionSets: InstructionSets {
        InstructionSets(rawValue: cdnnl_instruction_sets())
    }

    /// Lets oneDNN generate code for these sets at most; without effect once it has made a primitive.
    public static func limitInstructionSets(to sets: InstructionSets) {
        cdnnl_limit_instruction_sets(sets.rawValue)
    }

    /// c = a b, of matrices `[side, side]`, rows one after another.
    ///
    /// - Throws: `OneDNNError`.
    public static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, side: Int
    ) throws(OneDNNError) {
        let asItIs = CChar(UInt8(ascii: "N"))
        let size = dnnl_dim_t(side)
        try check(dnnl_sgemm(asItIs, asItIs, size, size, size, 1, a, size, b, size, 0, c, size), "multiply matrices")
    }
}

/// Instruction sets of a processor: a set that all of several processors have is the intersection.
public struct InstructionSets: OptionSet, Sendable, CustomStringConvertible {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    public static let sse41 = Self(rawValue: UInt32(cdnnl_has_sse41))
    public static let avx = Self(rawValue: UInt32(cdnnl_has_avx))
    /// With fused multiply-adds.
    public static let avx2 = Self(rawValue: UInt32(cdnnl_has_avx2))
    public static let avx2VNNI = Self(rawValue: UInt32(cdnnl_has_avx2_vnni))
    /// AVX-512 of byte, word, double-word and quad-word, in registers of any width.
    public static let avx512 = Self(rawValue: UInt32(cdnnl_has_avx512_core))
    public static let avx512VNNI = Self(rawValue: UInt32(cdnnl_has_avx512_vnni))
    public static let avx512BFloat16 = Self(rawValue: UInt32(cdnnl_has_avx512_bf16))
    public static let avx2VNNI2 = Self(rawValue: UInt32(cdnnl_has_avx2_vnni_2))
    public static let avx512FP16 = Self(rawValue: UInt32(cdnnl_has_avx512_fp16))
    public static let amxFP16 = Self(rawValue: UInt32(cdnnl_has_amx_fp16))
    /// Tiles, with products of 8-bit integers and of bfloat16.
    public static let amx = Self(rawValue: UInt32(cdnnl_has_amx))

    /// The most capable, for example "AVX-512 bf16".
    public var description: String {
        let names: [(Self, String)] = [
            (.amxFP16, "AMX fp16"), (.amx, "AMX"), (.avx512FP16, "AVX-512 fp16"), (.avx512BFloat16, "AVX-512 bf16"),
            (.avx512VNNI, "AVX-512 VNNI"), (.avx512, "AVX-512"), (.avx2VNNI2, "AVX2 VNNI 2"), (.avx2VNNI, "AVX2 VNNI"),
            (.avx2, "AVX2"), (.avx, "AVX"), (.sse41, "SSE4.1"),
        ]
        return names.first { contains($0.0) }?.1 ?? "generic"
    }
}
