// A C function takes an address. The memory behind a span stays where it is while the span is borrowed, and a borrowed
// argument lives until the function returns, so the address may be used until then.

extension Span where Element: BitwiseCopyable {
    /// The first element's address. An empty span may have none, but libraries check arguments for null and for
    /// send and receive buffers that are equal; so it gets an address that is neither null nor one of memory.
    var address: UnsafeRawPointer {
        withUnsafeBytes { UnsafeRawPointer($0.baseAddress) } ?? UnsafeRawPointer(bitPattern: 64)!
    }
}

extension MutableSpan where Element: BitwiseCopyable {
    /// The first element's address, see ``Span/address``.
    var address: UnsafeMutableRawPointer {
        mutating get {
            withUnsafeMutableBytes { UnsafeMutableRawPointer($0.baseAddress) }
                ?? UnsafeMutableRawPointer(bitPattern: 128)!
        }
    }
}
