/// Turns the bytes of a compressed file into its contents, piece by piece; knows nothing of files.
protocol Decompressor: AnyObject {
    /// What the format is called in messages.
    static var formatName: String { get }

    /// Nothing in the format expands by more than this.
    static var largestExpansion: Int { get }

    /// Takes bytes from the beginning of `stored` and writes what they stand for to the beginning of `destination`.
    ///
    /// Checksums are verified when the end of a stream is taken, which may be after the last byte of its contents was
    /// written; a caller that wants them verified goes on until ``DecompressionStep/isAtEnd``.
    ///
    /// - Parameters:
    ///   - stored: the bytes of the file that were not taken before, as many as are at hand; empty only at its end.
    ///   - destination: not empty.
    func decompress(
        _ stored: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFailure) -> DecompressionStep
}

/// A decompressor of whole files.
protocol FileDecompressor: Decompressor {
    /// The bytes that files of the format begin with, each file with one of these.
    static var beginnings: [[UInt8]] { get }

    init() throws(DecompressionFailure)
}

/// What one call of a ``Decompressor`` did.
struct DecompressionStep {
    /// Stored bytes that are used up.
    var taken: Int
    /// Bytes written to the destination.
    var written: Int
    /// Whether the file ends here, whole and intact.
    var isAtEnd: Bool
}

/// Why a compressed file cannot be read.
enum DecompressionFailure: Error {
    /// The file ends within a stream.
    case truncated
    /// A stream contradicts itself or its checksum.
    case corrupt(reason: String, at: UInt64)
    /// What follows a stream is no stream.
    case trailingBytes
    /// Decompression needs this many bytes of memory, or nil where that is not known, more than are allowed.
    case tooLarge(needed: UInt64?, allowed: UInt64)
    /// The system gives no memory.
    case noMemory
}

extension DecompressionFailure {
    /// The failure as one of the file `path`.
    ///
    /// - Parameter storedCount: bytes of the file.
    func error(_ path: String, format: String, storedCount: Int) -> DatasetError {
        let again = "download it again"
        switch self {
        case .truncated:
            return DatasetError(
                .truncated, path, expected: "a whole \(format) stream",
                found: "its end after \(storedCount) stored bytes", remedy: again)
        case .corrupt(let reason, let position):
            return DatasetError(
                .corruptCompression, path, expected: "an intact \(format) stream",
                found: "\(reason) at byte \(position) of it", remedy: again)
        case .trailingBytes:
            return DatasetError(
                .trailingBytes, path, expected: "the end of the file after its \(format) stream",
                found: "further bytes that are no \(format) stream", remedy: "\(again) or compress it again")
        case .tooLarge(let needed, let allowed):
            return DatasetError(
                .unreadable, path, expected: "\(format) data that take at most \(allowed >> 20) MiB to decompress",
                found: needed.map { "data that take \(($0 - 1) >> 20 + 1) MiB" } ?? "data that take more",
                remedy: "compress it again, with less memory")
        case .noMemory:
            return DatasetError(
                .unreadable, path, expected: "memory to decompress", found: "that \(format) gets none",
                remedy: "use a machine with more memory")
        }
    }
}
