import CZlib

/// Reads gzip files (RFC 1952), which may hold several members one after another.
final class GzipDecompressor: FileDecompressor {
    static let formatName = "gzip"
    static let beginnings: [[UInt8]] = [[0x1F, 0x8B]]
    /// A run of 258 bytes costs two bits at least.
    static let largestExpansion = 1032

    private var isAtEndOfMember = false
    /// On the heap because zlib keeps its address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() throws(DecompressionFailure) {
        stream.initialize(to: z_stream())
        // 15: the largest window; 16: a gzip header and trailer.
        guard entrain_inflateInit2(stream, 15 + 16) == Z_OK else { throw .noMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func decompress(
        _ stored: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> DecompressionStep {
        if isAtEndOfMember {
            guard let first = stored.first else { return DecompressionStep(taken: 0, written: 0, isAtEnd: true) }
            guard first == Self.beginnings[0][0] else { throw .trailingBytes }
            inflateReset(stream)
            isAtEndOfMember = false
        }
        if stored.isEmpty { throw .truncated }
        let given = CUnsignedInt(clamping: stored.count)
        let room = CUnsignedInt(clamping: destination.count)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: stored.baseAddress!.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = given
        stream.pointee.next_out = destination.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = room
        switch inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isAtEndOfMember = true
        case Z_MEM_ERROR: throw .noMemory
        default:
            throw .corrupt(
                reason: stream.pointee.msg.map { String(cString: $0) } ?? "an error",
                at: UInt64(stream.pointee.total_in))
        }
        return DecompressionStep(
            taken: Int(given - stream.pointee.avail_in), written: Int(room - stream.pointee.avail_out), isAtEnd: false)
    }
}
