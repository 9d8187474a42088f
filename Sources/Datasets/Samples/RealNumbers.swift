#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Numbers as a file has them: filled once, measured, and cut to 32 bits where they lie, so that no second copy exists.
final class RealNumbers {
    enum Width {
        /// 32 bits, which hold every number of the source exactly.
        case single
        case double

        var byteCount: Int { self == .single ? 4 : 8 }
    }

    let width: Width
    private(set) var count = 0
    private let subject: String
    private var capacity = 0
    private var address: UnsafeMutableRawPointer?

    /// - Parameters:
    ///   - capacity: numbers to make room for; memory that is never filled costs nothing.
    ///   - subject: the file that they come from.
    init(_ width: Width, capacity: Int, for subject: String) throws(DatasetError) {
        self.width = width
        self.subject = subject
        try reserve(capacity)
    }

    deinit { free(address) }

    /// Makes room for `more` further numbers.
    func reserve(_ more: Int) throws(DatasetError) {
        guard count + more > capacity else { return }
        // The system moves large blocks by their page tables.
        let wanted = max(2 * capacity, count + more, 64)
        let (byteCount, overflow) = wanted.multipliedReportingOverflow(by: width.byteCount)
        guard !overflow, let larger = realloc(address, byteCount) else {
            throw ByteStorage.refused(overflow ? .max : byteCount, subject)
        }
        (address, capacity) = (larger, wanted)
    }

    /// Puts a number, of the width of the others, behind them; room for it has been made.
    @inline(__always)
    func append<Element: BitwiseCopyable>(_ number: Element) {
        assert(MemoryLayout<Element>.size == width.byteCount && count < capacity)
        address!.storeBytes(of: number, toByteOffset: count &* MemoryLayout<Element>.size, as: Element.self)
        count &+= 1
    }

    /// All numbers, which have the width of `type`.
    func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> UnsafeBufferPointer<Element> {
        precondition(MemoryLayout<Element>.size == width.byteCount, "numbers of another width")
        return UnsafeBufferPointer(start: address?.assumingMemoryBound(to: type), count: count)
    }

    /// The number at `place`, whatever its width.
    @inline(__always)
    subscript(place: Int) -> Double {
        precondition(place >= 0 && place < count, "number \(place) of \(count)")
        return width == .single
            ? Double(address!.load(fromByteOffset: 4 &* place, as: Float.self))
            : address!.load(fromByteOffset: 8 &* place, as: Double.self)
    }

    /// Brings the channels of the samples from `start` on first.
    func arrange(from start: Int, as layout: ArrayLayout, sizes: [Int]) {
        func arrange<Bits: BitwiseCopyable>(_ type: Bits.Type) {
            let all = UnsafeMutableBufferPointer(start: address?.assumingMemoryBound(to: type), count: count)
            layout.arrange(UnsafeMutableBufferPointer(rebasing: all[start...]), sizes: sizes)
        }
        width == .single ? arrange(UInt32.self) : arrange(UInt64.self)
    }

    /// Gives the block up as 32-bit floats, each computed by `present` from its number and its place in a row of `rowCount`.
    /// Nothing is left here.
    func cut(rowCount: Int, _ present: (Double, _ column: Int) -> Float) -> ByteStorage {
        for start in stride(from: 0, to: count, by: rowCount) {
            for column in 0..<min(rowCount, count - start) {
                // The float never lies behind the number that it is made of.
                let float = present(self[start + column], column)
                address!.storeBytes(of: float, toByteOffset: 4 &* (start &+ column), as: Float.self)
            }
        }
        return release()
    }

    /// Gives the block up as the 32-bit floats that it holds.
    func release() -> ByteStorage {
        defer { (address, count, capacity) = (nil, 0, 0) }
        return ByteStorage(adopting: address, count: 4 * count)
    }
}
