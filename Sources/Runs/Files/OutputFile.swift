import Foundation

/// A file open for writing; closed when it goes out of scope.
package struct OutputFile: ~Copyable {
    let path: String
    private let descriptor: Int32

    private init(path: String, flags: Int32) throws(FileError) {
        self.path = path
        descriptor = open(path, flags | O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError(path: path, cannot: "create") }
    }

    deinit {
        close(descriptor)
    }

    /// Opens a file that must not exist yet.
    package init(creating path: String) throws(FileError) {
        try self.init(path: path, flags: O_EXCL)
    }

    /// Writes all bytes, with one system call unless the system takes fewer at a time.
    package func write(_ bytes: RawSpan) throws(FileError) {
        var written = 0
        while written < bytes.byteCount {
            let count = bytes.extracting(written...).withUnsafeBytes {
                Foundation.write(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw FileError(path: path, cannot: "write")
            }
        }
    }

    package func write(_ text: String) throws(FileError) {
        try write(Array(text.utf8).span.bytes)
    }

    /// Writes bytes over those at a place that have been written.
    func overwrite(_ bytes: [UInt8], at place: Int) throws(FileError) {
        let count = bytes.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(place)) }
        guard count == bytes.count else { throw FileError(path: path, cannot: "write") }
    }

    /// Returns when what was written is on the disk.
    package func synchronize() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError(path: path, cannot: "write to disk") }
    }
}

extension OutputFile {
    /// Writes a file so that, whatever happens, its name means the old file, the new one or none, never a part of one: see
    /// ``ReplacingFile``.
    package static func replace(
        _ path: String, _ body: (borrowing OutputFile) throws(FileError) -> Void
    ) throws(FileError) {
        let replacing = try ReplacingFile(path)
        do throws(FileError) {
            try body(replacing.file)
        } catch {
            throw error.about(path)
        }
        try replacing.commit()
    }

    /// Removes the temporary files of ``replace(_:_:)`` that processes which were killed have left in a directory.
    package static func removeLeftovers(in directory: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            let parts = name.split(separator: ".")
            guard parts.count > 2, parts.last == "partial", UInt32(parts[parts.count - 2]) != nil else { continue }
            unlink("\(directory)/\(name)")
        }
    }

    /// A rename is on the disk only when the directory is (fsync(2), notes).
    package static func synchronizeDirectory(_ path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path: path, cannot: "open") }
        defer { close(descriptor) }
        // Some network file systems cannot do this for directories and say so with EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileError(path: path, cannot: "write to disk") }
    }
}
