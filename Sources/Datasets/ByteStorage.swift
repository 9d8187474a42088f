#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A fixed block of bytes, filled once by its maker and only read afterwards.
///
/// Its size comes from a file, whose header may be wrong: unlike an array, a block that the system refuses is an error to
/// report, and pages that are never filled cost nothing.
final class ByteStorage: @unchecked Sendable {
    /// Read-only after `init`, which is what makes the class safe to share.
    let bytes: UnsafeRawBufferPointer

    /// - Parameters:
    ///   - fill: writes the block from its beginning; what it leaves is not initialised and must not be read.
    init(
        count: Int, for subject: String,
        fill: (UnsafeMutableRawBufferPointer) throws(DatasetError) -> Void
    ) throws(DatasetError) {
        guard let address = malloc(max(count, 1)) else { throw Self.refused(count, subject) }
        do throws(DatasetError) {
            try fill(UnsafeMutableRawBufferPointer(start: address, count: count))
        } catch {
            free(address)
            throw error
        }
        bytes = UnsafeRawBufferPointer(start: address, count: count)
    }

    /// A block that grows while it is filled.
    ///
    /// - Parameters:
    ///   - fill: writes the next `pieceCount` bytes, or gives false when there are no more.
    init(
        pieceCount: Int, for subject: String,
        fill: (UnsafeMutableRawBufferPointer) throws(DatasetError) -> Bool
    ) throws(DatasetError) {
        var (count, capacity) = (0, 0)
        var address: UnsafeMutableRawPointer?
        do throws(DatasetError) {
            while true {
                if count + pieceCount > capacity {
                    // The system moves large blocks by their page tables, so that no copy exists beside them.
                    capacity = max(2 * capacity, 64 * pieceCount)
                    guard let larger = realloc(address, capacity) else { throw Self.refused(capacity, subject) }
                    address = larger
                }
                let piece = UnsafeMutableRawBufferPointer(start: address?.advanced(by: count), count: pieceCount)
                guard try fill(piece) else { break }
                count += pieceCount
            }
        } catch {
            free(address)
            throw error
        }
        bytes = UnsafeRawBufferPointer(start: realloc(address, max(count, 1)) ?? address, count: count)
    }

    deinit {
        free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }

    private static func refused(_ count: Int, _ subject: String) -> DatasetError {
        DatasetError(
            .unreadable, subject, expected: "memory for \(count) bytes", found: "that the system refuses them",
            remedy: "check the sizes in the file's header, or use a machine with more memory")
    }
}
