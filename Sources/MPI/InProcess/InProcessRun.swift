import Synchronization

/// What all in-process communicators of one run share: the lock on their state and how each rank ended.
final class InProcessRun: @unchecked Sendable {
    // Sendable: the variables below are touched only while the monitor is held.
    let monitor = Monitor()
    private var failure: (rank: Int, error: any Error)?
    private var ended: [Bool]

    init(ranks: Int) {
        ended = Array(repeating: false, count: ranks)
    }

    var firstFailure: (any Error)? { monitor.withLock { failure?.error } }

    func end(_ rank: Int) {
        monitor.withLock {
            ended[rank] = true
            monitor.wakeAll()
        }
    }

    func fail(_ rank: Int, _ error: any Error) {
        monitor.withLock {
            // Ranks that a failure woke fail in turn; the first is the cause.
            if failure == nil { failure = (rank, error) }
            ended[rank] = true
            monitor.wakeAll()
        }
    }

    /// With the monitor held, waits until `condition` holds.
    ///
    /// - Parameter missing: the ranks that could make it hold, asked again after each change.
    /// - Throws: if some rank has failed, or one of `missing` has returned and `condition` can no longer come true.
    func wait(
        for operation: String, until condition: () -> Bool, missing: () -> [Int], needsAll: Bool
    ) throws(MPIError) {
        while !condition() {
            if let failure {
                throw MPIError(
                    operation: operation, errorClass: .aborted, text: "rank \(failure.rank) failed: \(failure.error)")
            }
            let gone = missing().filter { ended[$0] }
            if needsAll ? !gone.isEmpty : gone.count == missing().count {
                throw MPIError(
                    operation: operation, errorClass: .mismatch,
                    text: "waits for rank \(gone.first.map(String.init) ?? "none"), which has returned without it")
            }
            monitor.wait()
        }
    }
}
