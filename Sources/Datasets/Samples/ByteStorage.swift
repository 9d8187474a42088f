#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A fixed block of bytes, filled once by its maker and only read afterwards; its own, or lent by an owner that it keeps.
///
/// Its size comes from a file, whose header may be wrong: unlike an array, a block that the system refuses is an error to
/// report, and pages that are never filled cost nothing.
final class ByteStorage: @unchecked Sendable {
    /// Read-only after `init`, which is what makes the class safe to share.
    let bytes: UnsafeRawBufferPointer
    /// What the memory belongs to; nil where it is this block's own.
    let owner: AnyObject?

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
        owner = nil
    }

    /// A block as large as others that this process has, which like an array ends the process where there is no memory.
    ///
    /// - Parameter fill: initialises all elements.
    init<Element: BitwiseCopyable>(
        of type: Element.Type, count: Int, fill: (UnsafeMutableBufferPointer<Element>) -> Void
    ) {
        let byteCount = count * MemoryLayout<Element>.stride
        guard let address = malloc(max(byteCount, 1)) else { fatalError("no memory for \(byteCount) bytes") }
        fill(UnsafeMutableBufferPointer(start: address.bindMemory(to: type, capacity: count), count: count))
        bytes = UnsafeRawBufferPointer(start: address, count: byteCount)
        owner = nil
    }

    convenience init<Element: BitwiseCopyable>(copying elements: [Element]) {
        self.init(of: Element.self, count: elements.count) { _ = $0.initialize(from: elements) }
    }

    /// Memory of `owner`, which nobody writes as long as this block lives.
    init(_ bytes: UnsafeRawBufferPointer, of owner: AnyObject) {
        self.bytes = bytes
        self.owner = owner
    }

    /// Takes over memory of `malloc`, of which the first `count` bytes are used and the rest is given back.
    init(adopting address: UnsafeMutableRawPointer?, count: Int) {
        bytes = UnsafeRawBufferPointer(start: realloc(address, max(count, 1)) ?? address, count: count)
        owner = nil
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
        owner = nil
    }

    /// The bytes as elements, from its beginning, which is aligned for them.
    func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> UnsafeBufferPointer<Element> {
        UnsafeBufferPointer(
            start: bytes.baseAddress?.assumingMemoryBound(to: type), count: bytes.count / MemoryLayout<Element>.stride)
    }

    deinit {
        if owner == nil { free(UnsafeMutableRawPointer(mutating: bytes.baseAddress)) }
    }

    static func refused(_ count: Int, _ subject: String) -> DatasetError {
        DatasetError(
            .unreadable, subject, expected: "memory for \(count) bytes", found: "that the system refuses them",
            remedy: "check the sizes in the file's header, or use a machine with more memory")
    }
}
