/// A reduction in the background of memory that the caller keeps alive and leaves alone until ``wait()`` has returned. What a
/// ``Request`` is where the compiler cannot see how long a buffer is in use: several at once, kept between calls. One that is
/// dropped waits too, and a failure that is found then is thrown by the next operation of the communicator.
public final class PendingReduction {
    private var operation: BackgroundOperation

    init() {
        operation = .finished(nil)
    }

    init(_ pending: MPIPendingOperation) {
        operation = .library(pending)
    }

    init(_ pending: any InProcessPendingOperation) {
        operation = .inProcess(pending)
    }

    /// True once ``wait()`` would return at once. Asking also lets the library progress.
    public var isComplete: Bool {
        get throws(MPIError) { try operation.isComplete }
    }

    /// Returns when the sum is in the memory.
    public func wait() throws(MPIError) {
        let pending = operation
        operation = .finished(nil)
        _ = try pending.wait()
    }

    deinit { operation.waitUnattended() }
}
