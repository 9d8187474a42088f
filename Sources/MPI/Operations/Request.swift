/// An operation in the background, which owns the use of its buffer until it is done.
///
/// A request cannot be copied, and it borrows its buffer: the compiler rejects code in which the buffer is touched, or
/// ends, before the request. ``wait()`` ends it. A request that is dropped waits before its buffer is given back;
/// a failure that is found then is thrown by the next operation of the communicator.
public struct Request: ~Copyable, ~Escapable {
    private var operation: BackgroundOperation

    @_lifetime(immortal)
    init(_ operation: BackgroundOperation) {
        self.operation = operation
    }

    /// True once ``wait()`` would return at once. Asking also lets the library progress.
    public var isComplete: Bool {
        get throws(MPIError) { try operation.isComplete }
    }

    /// Returns when the operation is done and its buffer may be used again.
    ///
    /// - Returns: what was received; nil for an operation that is not a receive.
    @discardableResult
    public consuming func wait() throws(MPIError) -> ReceivedMessage? {
        let pending = operation
        operation = .finished(nil)
        return try pending.wait()
    }

    deinit { operation.waitUnattended() }
}
