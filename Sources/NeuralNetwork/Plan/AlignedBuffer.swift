#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Memory of its own, 64-byte aligned and zeroed.
public final class AlignedBuffer {
    /// Valid as long as this object lives.
    public let address: UnsafeMutableRawPointer
    public let byteCount: Int

    /// Memory that may be large, such as that of activations or gradients.
    ///
    /// - Throws: where the system gives none.
    public init(claiming byteCount: Int) throws(MemoryShortage) {
        var address: UnsafeMutableRawPointer?
        guard posix_memalign(&address, 64, max(byteCount, 64)) == 0, let address else {
            throw MemoryShortage(byteCount: byteCount)
        }
        self.byteCount = byteCount
        self.address = address
        address.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    /// Memory for as many floats, which may be large.
    ///
    /// - Throws: where the system gives none.
    public convenience init(claimingFloats count: Int) throws(MemoryShortage) {
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
        try self.init(claiming: overflow ? .max : byteCount)
    }

    /// Memory of a table of a few kilobytes, without which the program ends.
    public convenience init(byteCount: Int) {
        do throws(MemoryShortage) {
            try self.init(claiming: byteCount)
        } catch {
            fatalError("\(error)")
        }
    }

    /// Memory of a table of a few kilobytes, without which the program ends.
    public convenience init(floats: Int) {
        self.init(byteCount: floats * MemoryLayout<Float>.stride)
    }

    /// The memory as floats.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: address.assumingMemoryBound(to: Float.self), count: byteCount / MemoryLayout<Float>.stride)
    }

    deinit {
        free(address)
    }
}

/// Memory that the system does not give.
public struct MemoryShortage: Error, Sendable, Equatable, CustomStringConvertible {
    /// Bytes that were asked for.
    public let byteCount: Int

    public init(byteCount: Int) {
        self.byteCount = byteCount
    }

    public var description: String {
        "expected memory for \(byteCount) bytes (\(byteCount >> 20) MiB), found that the system gives this process no more; allow it "
            + "more (ulimit -v, the limit of the batch system), or use smaller batches or fewer ranks a machine"
    }
}
