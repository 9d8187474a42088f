import CDNNL
import CKernels

/// oneDNN's CPU engine and the in-order stream on which all primitives of a network run.
public final class DNNLEngine {
    let engine: dnnl_engine_t
    let stream: dnnl_stream_t

    /// - Throws: `DNNLError` where oneDNN has no CPU engine.
    public init() throws(DNNLError) {
        var engine: dnnl_engine_t?
        try check(dnnl_engine_create(&engine, dnnl_cpu, 0), "create its CPU engine")
        var stream: dnnl_stream_t?
        let status = dnnl_stream_create(&stream, engine, UInt32(dnnl_stream_in_order.rawValue))
        if status != dnnl_success { dnnl_engine_destroy(engine) }
        try check(status, "create a stream")
        self.engine = engine!
        self.stream = stream!
    }

    deinit {
        dnnl_stream_destroy(stream)
        dnnl_engine_destroy(engine)
    }

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

    /// For example "2.6.3".
    public static var version: String {
        let version = dnnl_version().pointee
        return "\(version.major).\(version.minor).\(version.patch)"
    }

    /// The instruction set that oneDNN generates code for on this processor, for example "AVX-512 bf16".
    public static var instructionSet: String {
        switch dnnl_get_effective_cpu_isa() {
        case dnnl_cpu_isa_sse41: "SSE4.1"
        case dnnl_cpu_isa_avx: "AVX"
        case dnnl_cpu_isa_avx2: "AVX2"
        case dnnl_cpu_isa_avx2_vnni: "AVX2 VNNI"
        case dnnl_cpu_isa_avx512_mic: "AVX-512 ER"
        case dnnl_cpu_isa_avx512_mic_4ops: "AVX-512 4FMAPS"
        case dnnl_cpu_isa_avx512_core: "AVX-512"
        case dnnl_cpu_isa_avx512_core_vnni: "AVX-512 VNNI"
        case dnnl_cpu_isa_avx512_core_bf16: "AVX-512 bf16"
        case dnnl_cpu_isa_avx512_core_amx: "AMX"
        default: "generic"
        }
    }

    /// The instruction sets that oneDNN and Entrain's own kernels may use on this processor, as bits of `dnnl_cpu_isa_t`: a set
    /// that all of several processors have is the bits that all of them have. The environment limits both by
    /// `DNNL_MAX_CPU_ISA`. Does not settle which oneDNN uses.
    public static var instructionSets: UInt32 { kernels_instruction_sets() }

    /// Lets oneDNN and Entrain's own kernels use these instruction sets at most; without effect on oneDNN once it has made a
    /// primitive.
    public static func limitInstructionSets(to sets: UInt32) {
        guard sets != 0 else { return }
        dnnl_set_max_cpu_isa(dnnl_cpu_isa_t(rawValue: sets))
        kernels_limit_instruction_sets(sets)
    }

    /// Whether the processor has bfloat16 instructions that oneDNN uses.
    public static var supportsBFloat16: Bool {
        let found = dnnl_get_effective_cpu_isa()
        return found == dnnl_cpu_isa_avx512_core_bf16 || found == dnnl_cpu_isa_avx512_core_amx
    }

    /// Whether the processor has bfloat16 instructions that oneDNN uses, and multiplies faster with them than in float32.
    public static var hasFastBFloat16: Bool {
        switch dnnl_get_effective_cpu_isa() {
        case dnnl_cpu_isa_avx512_core_amx: true
        case dnnl_cpu_isa_avx512_core_bf16: kernels_has_fast_avx512_bfloat16() != 0
        default: false
        }
    }

    /// Whether bfloat16 is computed by AVX-512's instructions for pairs of numbers.
    static var multipliesPairs: Bool { dnnl_get_effective_cpu_isa() == dnnl_cpu_isa_avx512_core_bf16 }

    /// Whether oneDNN computes bfloat16 at all, if need be with instructions for float32.
    public static var canEmulateBFloat16: Bool {
        hasAVX512
    }

    /// Channels in a block of a map: what a vector register holds, as oneDNN's own kernels prefer it.
    static var channelBlock: Int {
        hasAVX512 ? 16 : 8
    }

    /// Whether a convolution may add a map to its result. oneDNN 2.6 does so with SSE4.1 too, but with wrong results.
    static var canFuseAddition: Bool { hasAVX2 }

    /// Whether the processor has fused multiply-adds and oneDNN may use them.
    package static var hasFusedMultiplyAdd: Bool { hasAVX2 }

    private static var hasAVX2: Bool {
        hasAVX512 || [dnnl_cpu_isa_avx2, dnnl_cpu_isa_avx2_vnni].contains(dnnl_get_effective_cpu_isa())
    }

    private static var hasAVX512: Bool {
        let found = dnnl_get_effective_cpu_isa()
        return [dnnl_cpu_isa_avx512_core, dnnl_cpu_isa_avx512_core_vnni].contains(found) || supportsBFloat16
    }

    /// Floating-point operations per second that this thread reaches in oneDNN's sgemm on matrices 1024 × 1024, the best of
    /// six: what layers are measured by.
    public static func measurePeak() throws(DNNLError) -> Double {
        let side = 1024
        let matrices = AlignedBuffer(floats: 3 * side * side)
        defer { withExtendedLifetime(matrices) {} }
        let (a, b, c) = (
            matrices.floats.baseAddress!, matrices.floats.baseAddress! + side * side,
            matrices.floats.baseAddress! + 2 * side * side
        )
        let letter = CChar(UInt8(ascii: "N"))
        var shortest = Double.infinity
        for _ in 0..<6 {
            let start = ContinuousClock.now
            let size = dnnl_dim_t(side)
            try check(
                dnnl_sgemm(letter, letter, size, size, size, 1, a, size, b, size, 0, c, size), "multiply matrices")
            shortest = min(shortest, (ContinuousClock.now - start) / .seconds(1))
        }
        return 2 * Double(side * side * side) / shortest
    }
}
