#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A fixed block of bytes, filled once by its maker and only read afterwards.
///
/// Its size comes from the header of a file, which may be wrong: unlike an array, a block that the system refuses is an
/// error to report, and pages that a truncated file never fills cost nothing.
final class ByteStorage: @unchecked Sendable {
    /// Read-only after `init`, which is what makes the class safe to share.
    let bytes: UnsafeRawBufferPointer

    /// - Parameters:
    ///   - fill: writes the block from its beginning; what it leaves is not initialised and must not be read.
    init(
        count: Int, for subject: String,
        fill: (UnsafeMutableRawBufferPointer) throws(DatasetError) -> Void
    ) throws(DatasetError) {
        guard let address = malloc(max(count, 1)) else {
            throw DatasetError(
                .unreadable, subject, expected: "memory for \(count) bytes", found: "that the system refuses them",
                remedy: "check the sizes in the file's header, or use a machine with more memory")
        }
        do throws(DatasetError) {
            try fill(UnsafeMutableRawBufferPointer(start: address, count: count))
        } catch {
            free(address)
            throw error
        }
        bytes = UnsafeRawBufferPointer(start: address, count: count)
    }

    deinit {
        free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}
