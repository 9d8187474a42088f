#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The contents of a file from beginning to end, decompressed on the way if the file begins like gzip, xz or zstd.
///
/// The format is told by the first bytes, not by the name. A file may hold several compressed streams one after another;
/// every stream's checksum is verified when its end is read.
package final class ByteInput {
    package let path: String
    /// Bytes of the file as stored.
    package let storedCount: Int

    private let descriptor: CInt
    private var buffer: [UInt8]
    private var next = 0
    private var end = 0
    /// Bytes of the contents that have been read or skipped.
    private(set) var position = 0
    private var format: (any Decompressor.Type)?
    /// Nil at the end of the contents too: what a decompressor remembers can be as much as the contents.
    private var decompressor: (any Decompressor)?

    private static var formats: [any FileDecompressor.Type] {
        [GzipDecompressor.self, XZDecompressor.self, ZstdDecompressor.self]
    }

    /// The format of a compressed file, by its first bytes; nil for a plain one.
    static func format(ofBeginning bytes: some Sequence<UInt8>) -> (any FileDecompressor.Type)? {
        formats.first { $0.beginnings.contains { bytes.starts(with: $0) } }
    }

    /// - Throws: code `missing` or `unreadable`.
    package convenience init(path: String) throws(DatasetError) {
        let (descriptor, count) = try Self.open(path)
        try self.init(path, descriptor, buffer: [UInt8](repeating: 0, count: 1 << 16), storedCount: count)
    }

    /// Opens a regular file, and gives its size.
    ///
    /// - Throws: code `missing` or `unreadable`.
    static func open(_ path: String) throws(DatasetError) -> (descriptor: CInt, count: Int) {
        // Without blocking, so that a pipe without a writer is refused below, not waited for.
        let descriptor = systemOpen(path)
        guard descriptor >= 0 else { throw cannotOpen(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or a pipe"
            throw DatasetError(
                .unreadable, path, expected: "a regular file", found: kind, remedy: "name a file of the data set")
        }
        return (descriptor, Int(status.st_size))
    }

    /// The contents given, read like those of a file called `name`.
    package convenience init(bytes: [UInt8], name: String) throws(DatasetError) {
        try self.init(name, -1, buffer: bytes, storedCount: bytes.count)
    }

    /// - Parameters:
    ///   - descriptor: owned from here on; −1 where `buffer` holds all there is.
    ///   - storedCount: bytes from here on that are of the contents.
    ///   - decompressor: one that knows where the contents end; nil to tell the format by their first bytes.
    init(
        _ path: String, _ descriptor: CInt, buffer: [UInt8], storedCount: Int, decompressor: (any Decompressor)? = nil
    ) throws(DatasetError) {
        self.path = path
        self.descriptor = descriptor
        self.storedCount = storedCount
        self.buffer = buffer
        if descriptor < 0 {
            end = buffer.count
        } else {
            end = try Self.read(path, descriptor, into: &self.buffer)
        }
        if let decompressor {
            format = type(of: decompressor)
            self.decompressor = decompressor
            return
        }
        let format = Self.format(ofBeginning: self.buffer[..<end])
        self.format = format
        do throws(DecompressionFailure) {
            self.decompressor = try format?.init()
        } catch {
            throw failure(error)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    package var isCompressed: Bool { format != nil }
    /// True where the contents are a file as it stands.
    var isPlainFile: Bool { descriptor >= 0 && format == nil }

    /// The largest number of bytes that can come out; more than that need not be made room for.
    package var largestCount: Int {
        let (count, overflow) = storedCount.multipliedReportingOverflow(by: format?.largestExpansion ?? 1)
        return overflow ? .max : count
    }

    /// Fills `destination`; gives the number of bytes written, fewer than asked for only at the end of the contents.
    package func read(into destination: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        let count = isCompressed ? try decompress(into: destination) : try copy(into: destination)
        position += count
        return count
    }

    /// Goes on behind the next `count` bytes, which of a plain file are not read; gives how many there were.
    func skip(_ count: Int) throws(DatasetError) -> Int {
        var skipped = 0
        if isPlainFile {
            skipped = min(count, storedCount - position)
            let buffered = min(skipped, end - next)
            next += buffered
            if skipped > buffered, lseek(descriptor, off_t(skipped - buffered), SEEK_CUR) < 0 {
                throw Self.cannotRead(path, errno)
            }
            position += skipped
            return skipped
        }
        while skipped < count {
            let asked = min(count - skipped, 1 << 16)
            let found = try read(upTo: asked).count
            skipped += found
            if found < asked { break }
        }
        return skipped
    }

    /// Up to `count` bytes; fewer where the contents end.
    package func read(upTo count: Int) throws(DatasetError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let written = try bytes.withUnsafeMutableBufferPointer { (bytes) throws(DatasetError) in
            try read(into: UnsafeMutableRawBufferPointer(bytes))
        }
        return Array(bytes[..<written])
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

    private func decompress(into destination: UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int {
        var written = 0
        // One step more than is needed to fill the destination would verify the checksum; a caller that wants that reads
        // on until 0 comes back.
        while written < destination.count, let decompressor {
            if next == end { try refill() }
            let rest = UnsafeMutableRawBufferPointer(rebasing: destination[written...])
            do throws(DecompressionFailure) {
                let step = try buffer.withUnsafeBufferPointer { (bytes) throws(DecompressionFailure) in
                    try decompressor.decompress(
                        UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[next..<end])), into: rest)
                }
                next += step.taken
                written += step.written
                if step.isAtEnd { self.decompressor = nil }
            } catch {
                throw failure(error)
            }
        }
        return written
    }

    /// Makes at least one more stored byte available in an empty buffer; none at the end of the file.
    private func refill() throws(DatasetError) {
        guard descriptor >= 0 else { return }
        (next, end) = (0, 0)
        end = try Self.read(path, descriptor, into: &buffer)
    }

    private static func read(
        _ path: String, _ descriptor: CInt, into buffer: inout [UInt8]
    ) throws(DatasetError) -> Int {
        var result: Int
        repeat {
            result = buffer.withUnsafeMutableBytes { systemRead(descriptor, $0) }
        } while result < 0 && errno == EINTR
        if result < 0 { throw cannotRead(path, errno) }
        return result
    }

    static func cannotRead(_ path: String, _ code: CInt) -> DatasetError {
        DatasetError(
            .unreadable, path, expected: "to read it", found: String(cString: strerror(code)),
            remedy: "check the disk and its file system")
    }

    private func failure(_ failure: DecompressionFailure) -> DatasetError {
        failure.error(path, format: format?.formatName ?? "", storedCount: storedCount)
    }

    private static func cannotOpen(_ path: String, _ code: CInt) -> DatasetError {
        if code != ENOENT && code != ENOTDIR {
            return DatasetError(
                .unreadable, path, expected: "to open it", found: String(cString: strerror(code)),
                remedy: "check its permissions")
        }
        return DatasetError(
            .missing, path, expected: "a file", found: "none",
            remedy: otherName(of: path).map { "\($0) is there: name that one" }
                ?? "check the name, and the data root given by --data DIR or ENTRAIN_DATA")
    }

    /// The same file, compressed in another way, or not at all.
    private static func otherName(of path: String) -> String? {
        let suffixes = ["", ".gz", ".xz", ".zst"]
        let own = suffixes.last { path.hasSuffix($0) } ?? ""
        let plain = path.dropLast(own.count)
        return suffixes.map { plain + $0 }.first { $0 != path && access($0, R_OK) == 0 }
    }
}

private func systemOpen(_ path: String) -> CInt { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }

private func systemRead(_ descriptor: CInt, _ bytes: UnsafeMutableRawBufferPointer) -> Int {
    read(descriptor, bytes.baseAddress, bytes.count)
}
