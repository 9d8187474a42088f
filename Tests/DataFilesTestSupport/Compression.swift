import CLzma
import CZlib
import CZstd

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

/// One zstd frame, with a checksum, that decompresses to `bytes`.
public func zstd(_ bytes: [UInt8]) -> [UInt8] {
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let count = ZSTD_compress2(context, &output, output.count, bytes, bytes.count)
    precondition(ZSTD_isError(count) == 0, String(cString: ZSTD_getErrorName(count)))
    return Array(output[..<count])
}

/// A frame of up to 128 KiB as they are, whose header asks the decoder to remember 2^`windowLog` bytes (RFC 8878, section 3.1.1).
public func zstd(storing bytes: [UInt8], windowLog: Int) -> [UInt8] {
    precondition(bytes.count <= 1 << 17, "\(bytes.count) bytes in a block, at most \(1 << 17) expected")
    let header = bytes.count << 3 | 1
    return [0x28, 0xB5, 0x2F, 0xFD, 0, UInt8((windowLog - 10) << 3)]
        + [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16)] + bytes
}

/// A frame that decoders of zstd skip.
public func zstd(skipping bytes: [UInt8]) -> [UInt8] {
    [0x57, 0x2A, 0x4D, 0x18] + withUnsafeBytes(of: UInt32(bytes.count).littleEndian, Array.init) + bytes
}
