import Synchronization

/// A failure found where nothing can be thrown, kept until the communicator's next operation throws it.
final class LateFailure: Sendable {
    private let isSet = Atomic(false)
    private let error = Mutex<MPIError?>(nil)

    func record(_ failure: MPIError) {
        error.withLock { first in
            first =
                first
                ?? MPIError(
                    operation: failure.operation, errorClass: failure.errorClass,
                    text: failure.text + " (found when its request was dropped)")
        }
        isSet.store(true, ordering: .releasing)
    }

    /// Throws the recorded failure, once. One relaxed load when there is none.
    func rethrow() throws(MPIError) {
        guard isSet.load(ordering: .relaxed), isSet.exchange(false, ordering: .acquiring) else { return }
        let failure = error.withLock { error in
            defer { error = nil }
            return error
        }
        if let failure { throw failure }
    }
}
