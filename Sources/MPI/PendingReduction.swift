/// A reduction in the background of memory that the caller keeps alive and leaves alone until ``wait()`` has returned. What a
/// ``Request`` is where the compiler cannot see how long a buffer is in use: several at once, kept between calls. One that is
/// dropped waits too, and a failure that is found then is thrown by the next operation of the communicator.
public final class PendingReduction {
    private enum Operation {
        case finished
        case library(MPIPendingOperation)
        case inProcess(any InProcessPendingOperation)
    }

    private var operation: Operation

    init() {
        operation = .finished
    }

    init(_ pending: MPIPendingOperation) {
        operation = .library(pending)
    }

    init(_ pending: any InProcessPendingOperation) {
        operation = .inProcess(pending)
    }

    /// True once ``wait()`` would return at once. Asking also lets the library progress.
    public var isComplete: Bool {
        get throws(MPIError) {
            switch operation {
            case .finished: true
            case .library(let pending): try pending.isComplete
            case .inProcess(let pending): try pending.isComplete
            }
        }
    }

    /// Returns when the sum is in the memory.
    public func wait() throws(MPIError) {
        let pending = operation
        operation = .finished
        switch pending {
        case .finished: break
        case .library(let pending): _ = try pending.wait()
        case .inProcess(let pending): _ = try pending.wait()
        }
    }

    deinit {
        // Waits: MPI may still write into memory that the caller is about to free.
        switch operation {
        case .finished: break
        case .library(let pending):
            do throws(MPIError) { _ = try pending.wait() } catch { pending.communicator.lateFailure.record(error) }
        case .inProcess(let pending):
            do throws(MPIError) { _ = try pending.wait() } catch { pending.lateFailure.record(error) }
        }
    }
}
