import CZlib

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The contents of a file from beginning to end, decompressed on the way if the file begins like gzip.
///
/// gzip is told by its first two bytes (RFC 1952, section 2.3.1), not by the name. A file may hold several members one
/// after another; every member's checksum and length are verified when its end is read.
package final class ByteInput {
    package let path: String
    /// Bytes of the file as stored.
    package let storedCount: Int
    package private(set) var isCompressed = false

    private let descriptor: CInt
    private var buffer: [UInt8]
    private var next = 0
    private var end = 0
    private var atEndOfMember = false
    /// On the heap because zlib keeps its address.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    /// No deflate stream expands by more than this (a run of 258 bytes costs two bits at least).
    private static let largestExpansion = 1032

    /// - Throws: code `missing` or `unreadable`; `corruptCompression` for a damaged gzip header.
    package init(path: String) throws(DatasetError) {
        self.path = path
        // Without blocking, so that a pipe without a writer is refused below, not waited for.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        let openError = errno
        var status = stat()
        storedCount = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
        buffer = [UInt8](repeating: 0, count: 1 << 16)
        stream.initialize(to: z_stream())
        if descriptor < 0 { throw Self.cannotOpen(path, openError) }
        if status.st_mode & S_IFMT != S_IFREG {
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or a pipe"
            throw DatasetError(
                .unreadable, path, expected: "a regular file", found: kind, remedy: "name a file of the data set")
        }
        try refill()
        try begin()
    }

    /// The contents given, read like those of a file called `name`.
    package init(bytes: [UInt8], name: String) throws(DatasetError) {
        path = name
        descriptor = -1
        storedCount = bytes.count
        buffer = bytes
        end = bytes.count
        stream.initialize(to: z_stream())
        try begin()
    }

    deinit {
        if isCompressed { inflateEnd(stream) }
        stream.deinitialize(count: 1)
        stream.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// The largest number of bytes that can come out; more than that need not be made room for.
    package var largestCount: Int {
        isCompressed ? storedCount.multipliedReportingOverflow(by: Self.largestExpansion).partialValue : storedCount
    }

    /// Fills `destination`; gives the number of bytes written, fewer than asked for only at the end of the contents.
    package func read(into destination: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        isCompressed ? try inflate(into: destination) : try copy(into: destination)
    }

    /// The rest of the contents, which may be of any length.
    package func readToEnd() throws(DatasetError) -> [UInt8] {
        var contents: [UInt8] = []
        contents.reserveCapacity(isCompressed ? 4 * storedCount : storedCount + 1)
        while true {
            let missing = max(contents.capacity - contents.count, 1 << 16)
            var failure: DatasetError?
            var written = 0
            let piece = [UInt8](unsafeUninitializedCapacity: missing) { bytes, count in
                do throws(DatasetError) {
                    written = try read(into: UnsafeMutableRawBufferPointer(bytes))
                } catch {
                    failure = error
                }
                count = written
            }
            if let failure { throw failure }
            if contents.isEmpty { contents = piece } else { contents += piece }
            if written < missing { return contents }
        }
    }
}

extension ByteInput {
    private func begin() throws(DatasetError) {
        guard end >= 2, buffer[0] == 0x1F, buffer[1] == 0x8B else { return }
        // 15: the largest window; 16: a gzip header and trailer.
        guard entrain_inflateInit2(stream, 15 + 16) == Z_OK else {
            throw DatasetError(
                .unreadable, path, expected: "memory to decompress", found: "that zlib gets none",
                remedy: "use a machine with more memory")
        }
        isCompressed = true
    }

    /// Makes at least one more stored byte available in an empty buffer; none at the end of the file.
    private func refill() throws(DatasetError) {
        guard descriptor >= 0 else { return }
        next = 0
        end = 0
        var result: Int
        repeat {
            result = buffer.withUnsafeMutableBytes { systemRead(descriptor, $0) }
        } while result < 0 && errno == EINTR
        if result < 0 {
            throw DatasetError(
                .unreadable, path, expected: "to read it", found: String(cString: strerror(errno)),
                remedy: "check the disk and its file system")
        }
        end = result
    }

    private func copy(into destination: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        var written = 0
        while written < destination.count {
            if next == end { try refill() }
            if next == end { break }
            let count = min(end - next, destination.count - written)
            buffer.withUnsafeBytes { source in
                UnsafeMutableRawBufferPointer(rebasing: destination[written..<written + count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[next..<next + count]))
            }
            next += count
            written += count
        }
        return written
    }

    private func inflate(into destination: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        var written = 0
        // One pass more than is needed to fill the destination would read the trailer; a caller that wants it verified
        // reads on until 0 comes back.
        while written < destination.count {
            if next == end { try refill() }
            if atEndOfMember {
                if next == end { break }
                try beginNextMember()
            }
            if next == end { throw truncatedStream() }
            let room = min(destination.count - written, Int(CUnsignedInt.max))
            let given = min(end - next, Int(CUnsignedInt.max))
            let status = buffer.withUnsafeMutableBytes { source in
                stream.pointee.next_in = source.baseAddress!.advanced(by: next).assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_in = CUnsignedInt(given)
                stream.pointee.next_out = destination.baseAddress!.advanced(by: written)
                    .assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = CUnsignedInt(room)
                return CZlib.inflate(stream, Z_NO_FLUSH)
            }
            next += given - Int(stream.pointee.avail_in)
            written += room - Int(stream.pointee.avail_out)
            switch status {
            case Z_OK, Z_BUF_ERROR: break
            case Z_STREAM_END: atEndOfMember = true
            default: throw corruptStream()
            }
        }
        return written
    }

    private func beginNextMember() throws(DatasetError) {
        guard buffer[next] == 0x1F else {
            throw DatasetError(
                .trailingBytes, path, expected: "the end of the file after its gzip stream",
                found: "further bytes that are no gzip stream", remedy: "download it again or compress it again")
        }
        inflateReset(stream)
        atEndOfMember = false
    }

    private func corruptStream() -> DatasetError {
        let reason = stream.pointee.msg.map { String(cString: $0) } ?? "an error"
        return DatasetError(
            .corruptCompression, path, expected: "an intact gzip stream",
            found: "\(reason) at byte \(stream.pointee.total_in) of it", remedy: "download it again")
    }

    private func truncatedStream() -> DatasetError {
        DatasetError(
            .truncated, path, expected: "a whole gzip stream", found: "its end after \(storedCount) stored bytes",
            remedy: "download it again")
    }

    private static func cannotOpen(_ path: String, _ code: CInt) -> DatasetError {
        if code != ENOENT && code != ENOTDIR {
            return DatasetError(
                .unreadable, path, expected: "to open it", found: String(cString: strerror(code)),
                remedy: "check its permissions")
        }
        let other = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path + ".gz"
        let remedy = "check the name, and the data root given by --data DIR or ENTRAIN_DATA"
        return DatasetError(
            .missing, path, expected: "a file", found: "none",
            remedy: access(other, R_OK) == 0 ? "\(other) is there: name that one" : remedy)
    }
}

private func systemRead(_ descriptor: CInt, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, bytes.baseAddress, bytes.count)
}
