/// Memory of its own, 64-byte aligned and zeroed.
public final class AlignedBuffer {
    /// Valid as long as this object lives.
    public let address: UnsafeMutableRawPointer
    public let byteCount: Int

    public init(byteCount: Int) {
        self.byteCount = byteCount
        address = .allocate(byteCount: max(byteCount, 64), alignment: 64)
        address.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    public convenience init(floats: Int) {
        self.init(byteCount: floats * MemoryLayout<Float>.stride)
    }

    /// The memory as floats.
    public var floats: UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(
            start: address.assumingMemoryBound(to: Float.self), count: byteCount / MemoryLayout<Float>.stride)
    }

    deinit {
        address.deallocate()
    }
}
