import CZstd

/// Reads zstd files, which may hold several frames one after another, and frames of other data between them, which are skipped.
///
/// Source: Y. Collet, M. Kucherawy, "Zstandard Compression and the 'application/zstd' Media Type", RFC 8878.
final class ZstdDecompressor: FileDecompressor {
    static let formatName = "zstd"
    /// A frame's, and the sixteen of frames to skip (RFC 8878, sections 3.1.1 and 3.1.2).
    static let beginnings: [[UInt8]] =
        [[0x28, 0xB5, 0x2F, 0xFD]] + (0x50...0x5F).map { [$0, 0x2A, 0x4D, 0x18] }
    /// A block of one byte that recurs takes four bytes and stands for 128 KiB at most.
    static let largestExpansion = 1 << 15

    /// `zstd --ultra -22` makes files whose last 128 MiB have to be at hand.
    private static let windowLog: CInt = 27

    private let context: OpaquePointer
    private var isAtEndOfFrame = false
    private var hasFrames = false
    /// Stored bytes that were taken.
    private var position: UInt64 = 0

    init() throws(DecompressionFailure) {
        guard let context = ZSTD_createDCtx() else { throw .noMemory }
        self.context = context
        ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLog)
    }

    deinit {
        ZSTD_freeDCtx(context)
    }

    func decompress(
        _ stored: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> DecompressionStep {
        if isAtEndOfFrame {
            if stored.isEmpty { return DecompressionStep(taken: 0, written: 0, isAtEnd: true) }
            isAtEndOfFrame = false
        }
        var input = ZSTD_inBuffer(src: stored.baseAddress, size: stored.count, pos: 0)
        var output = ZSTD_outBuffer(dst: destination.baseAddress, size: destination.count, pos: 0)
        // 0 when a frame has ended and all of it is written, else a guess of what is still to come.
        let status = ZSTD_decompressStream(context, &output, &input)
        position += UInt64(input.pos)
        if ZSTD_isError(status) != 0 { throw failure(status) }
        if status == 0 { (isAtEndOfFrame, hasFrames) = (true, true) }
        // With room in the destination nothing comes out for want of stored bytes.
        if stored.isEmpty, output.pos == 0, !isAtEndOfFrame { throw .truncated }
        return DecompressionStep(taken: input.pos, written: output.pos, isAtEnd: false)
    }

    private func failure(_ status: Int) -> DecompressionFailure {
        switch ZSTD_getErrorCode(status) {
        case ZSTD_error_memory_allocation: .noMemory
        case ZSTD_error_frameParameter_windowTooLarge: .tooLarge(needed: nil, allowed: 1 << UInt64(Self.windowLog))
        case ZSTD_error_prefix_unknown where hasFrames: .trailingBytes
        case ZSTD_error_dictionary_wrong:
            .corrupt(reason: "data compressed with a dictionary, which is not at hand,", at: position)
        case let code: .corrupt(reason: String(cString: ZSTD_getErrorString(code)).lowercased(), at: position)
        }
    }
}
