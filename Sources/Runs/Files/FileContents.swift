import Foundation

/// The whole contents of a file.
///
/// - Parameter limit: the most bytes the file may have.
package func contents(ofFile path: String, limit: Int = .max) throws(FileError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(path: path, cannot: "read") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, cannot: "read") }
    guard status.st_mode & S_IFMT != S_IFDIR else {
        throw FileError(path: path, problem: "expected a file, found a directory")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    var failure: FileError?
    while failure == nil {
        let expected = Swift.max(Int(status.st_size) - bytes.count, 4096)
        let part = [UInt8](unsafeUninitializedCapacity: expected) { buffer, count in
            var result = read(descriptor, buffer.baseAddress, expected)
            while result < 0, errno == EINTR { result = read(descriptor, buffer.baseAddress, expected) }
            if result < 0 { failure = FileError(path: path, cannot: "read") }
            count = Swift.max(result, 0)
        }
        guard !part.isEmpty else { break }
        if bytes.isEmpty { bytes = part } else { bytes += part }
        guard bytes.count <= limit else {
            throw FileError(path: path, problem: "expected at most \(limit) bytes, found more")
        }
    }
    if let failure { throw failure }
    return bytes
}
