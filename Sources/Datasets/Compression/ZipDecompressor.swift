import CZlib

/// Reads one member of a zip archive, deflated (RFC 1951) or as it is, and verifies its size and its CRC-32.
final class ZipDecompressor: Decompressor {
    static let formatName = "zip"
    /// As gzip's.
    static let largestExpansion = GzipDecompressor.largestExpansion

    private let isDeflated: Bool
    private let count: Int
    private let check: UInt32
    /// Stored bytes that are the member's; others of the archive follow.
    private var rest: Int
    private var written = 0
    private var sum = UInt(0)
    /// On the heap because zlib keeps its address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init(isDeflated: Bool, storedCount: Int, count: Int, check: UInt32) throws(DecompressionFailure) {
        self.isDeflated = isDeflated
        self.count = count
        self.check = check
        rest = storedCount
        stream.initialize(to: z_stream())
        // Negative: without a header of zlib's.
        guard entrain_inflateInit2(stream, -15) == Z_OK else { throw .noMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func decompress(
        _ stored: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> DecompressionStep {
        if isDeflated ? isAtEnd : rest == 0 {
            guard written == count, UInt32(truncatingIfNeeded: sum) == check else {
                throw .corrupt(reason: "another size or checksum than the archive says", at: UInt64(written))
            }
            return DecompressionStep(taken: 0, written: 0, isAtEnd: true)
        }
        let own = UnsafeRawBufferPointer(rebasing: stored.prefix(rest))
        if own.isEmpty, rest > 0 { throw .truncated }
        let step = isDeflated ? try inflate(own, destination) : copy(own, destination)
        // zlib can have taken all before the last bytes had room.
        if rest == 0, step.written == 0, !isAtEnd { throw .truncated }
        rest -= step.taken
        written += step.written
        sum = crc32_z(sum, destination.baseAddress!.assumingMemoryBound(to: UInt8.self), step.written)
        if written > count { throw .corrupt(reason: "more bytes than the archive says", at: UInt64(written)) }
        return step
    }

    private var isAtEnd = false

    private func copy(
        _ stored: UnsafeRawBufferPointer, _ destination: UnsafeMutableRawBufferPointer
    ) -> DecompressionStep {
        let length = min(stored.count, destination.count)
        destination.copyMemory(from: UnsafeRawBufferPointer(rebasing: stored.prefix(length)))
        return DecompressionStep(taken: length, written: length, isAtEnd: false)
    }

    private func inflate(
        _ stored: UnsafeRawBufferPointer, _ destination: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> DecompressionStep {
        let (given, room) = (CUnsignedInt(clamping: stored.count), CUnsignedInt(clamping: destination.count))
        stream.pointee.next_in = UnsafeMutablePointer(mutating: stored.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = given
        stream.pointee.next_out = destination.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = room
        switch CZlib.inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: isAtEnd = true
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
