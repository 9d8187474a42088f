/// An operation that a ``Request`` or a ``PendingReduction`` waits for.
enum BackgroundOperation {
    case finished(ReceivedMessage?)
    case library(MPIPendingOperation)
    case inProcess(any InProcessPendingOperation)

    var isComplete: Bool {
        get throws(MPIError) {
            switch self {
            case .finished: true
            case .library(let pending): try pending.isComplete
            case .inProcess(let pending): try pending.isComplete
            }
        }
    }

    func wait() throws(MPIError) -> ReceivedMessage? {
        switch self {
        case .finished(let message): message
        case .library(let pending): try pending.wait()
        case .inProcess(let pending): try pending.wait()
        }
    }

    /// Waits where nobody can be told: MPI may still write into memory that the caller is about to free. The next operation of
    /// the communicator throws the failure.
    func waitUnattended() {
        do throws(MPIError) {
            _ = try wait()
        } catch {
            switch self {
            case .finished: break
            case .library(let pending): pending.communicator.lateFailure.record(error)
            case .inProcess(let pending): pending.lateFailure.record(error)
            }
        }
    }
}
