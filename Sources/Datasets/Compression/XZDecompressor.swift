import CLzma

/// Reads .xz files, which may hold several streams one after another, with padding between them.
///
/// Source: L. Collin, I. Pavlov, "The .xz file format", version 1.2.1.
final class XZDecompressor: FileDecompressor {
    static let formatName = "xz"
    static let beginnings: [[UInt8]] = [[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]]
    /// The longest match, 273 bytes, takes 14 binary decisions, each of at least log₂(2048 / 2017) = 0.022 bits: 7,090
    /// bytes a byte, rounded up to a power of two for the rounding in the range coder.
    static let largestExpansion = 1 << 13

    /// `xz -9` makes files that take 65 MiB.
    private static let memoryLimit: UInt64 = 256 << 20

    private var stream = lzma_stream()

    init() throws(DecompressionFailure) {
        let flags = entrain_LZMA_CONCATENATED | entrain_LZMA_TELL_UNSUPPORTED_CHECK
        guard lzma_stream_decoder(&stream, Self.memoryLimit, flags) == LZMA_OK else { throw .noMemory }
    }

    deinit {
        lzma_end(&stream)
    }

    func decompress(
        _ stored: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> DecompressionStep {
        stream.next_in = stored.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_in = stored.count
        stream.next_out = destination.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = destination.count
        // Only when it is told that nothing follows does liblzma tell the end.
        let status = lzma_code(&stream, stored.isEmpty ? LZMA_FINISH : LZMA_RUN)
        switch status {
        case LZMA_OK, LZMA_STREAM_END: break
        // No progress, twice: with room in the destination it is for want of stored bytes.
        case LZMA_BUF_ERROR: throw .truncated
        case LZMA_MEM_ERROR: throw .noMemory
        case LZMA_MEMLIMIT_ERROR: throw .tooLarge(needed: lzma_memusage(&stream), allowed: Self.memoryLimit)
        case LZMA_OPTIONS_ERROR, LZMA_UNSUPPORTED_CHECK: throw corrupt("options that this liblzma does not know")
        default: throw corrupt("damaged data")
        }
        return DecompressionStep(
            taken: stored.count - stream.avail_in, written: destination.count - stream.avail_out,
            isAtEnd: status == LZMA_STREAM_END)
    }

    private func corrupt(_ reason: String) -> DecompressionFailure {
        .corrupt(reason: reason, at: stream.total_in)
    }
}
