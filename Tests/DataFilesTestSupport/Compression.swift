import CLzma
import CZlib

/// One gzip member that decompresses to `bytes`.
public func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    precondition(entrain_deflateInit2(&stream, 6, 15 + 16) == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(bytes.count))) + 64)
    let count = input.withUnsafeMutableBufferPointer { source in
        output.withUnsafeMutableBufferPointer { destination in
            stream.next_in = source.baseAddress
            stream.avail_in = CUnsignedInt(source.count)
            stream.next_out = destination.baseAddress
            stream.avail_out = CUnsignedInt(destination.count)
            precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
            return destination.count - Int(stream.avail_out)
        }
    }
    return Array(output[..<count])
}

/// One xz stream that decompresses to `bytes`.
public func xz(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: lzma_stream_buffer_bound(bytes.count))
    var count = 0
    let status = lzma_easy_buffer_encode(
        1, LZMA_CHECK_CRC64, nil, bytes, bytes.count, &output, &count, output.count)
    precondition(status == LZMA_OK, "\(status)")
    return Array(output[..<count])
}

/// The same stream, whose header asks the decoder to remember (2 + `code` % 2) · 2^(`code` / 2 + 11) bytes.
public func xz(_ bytes: [UInt8], dictionaryCode code: UInt8) -> [UInt8] {
    var stream = xz(bytes)
    // The header of the block stands behind the 12 bytes of that of the stream, and its first byte says how many words
    // of four bytes follow, the last of them its CRC (The .xz file format, section 3.1).
    let header = 12..<12 + 4 * Int(stream[12])
    let filter = header.first { stream[$0] == 0x21 && stream[$0 + 1] == 1 }!
    stream[filter + 2] = code
    let check = lzma_crc32(Array(stream[header]), header.count, 0)
    withUnsafeBytes(of: check.littleEndian) {
        stream.replaceSubrange(header.upperBound..<header.upperBound + 4, with: $0)
    }
    return stream
}
