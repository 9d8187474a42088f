import DataParallel
import Dispatch
import Synchronization

/// Writes checkpoints on a thread of its own, one at a time, so that training waits for a copy in memory alone. For one rank.
package final class CheckpointWriter: Sendable {
    private let directory: String
    /// How many are left on the disk.
    private let kept: Int
    private let timeline: Timeline?
    private let queue = DispatchQueue(label: "checkpoints")
    private let state = Mutex(State())

    private struct State {
        var isBusy = false
        var failure: (any Error)?
    }

    /// - Parameter timeline: where it is recorded when a checkpoint was written.
    package init(directory: String, kept: Int, timeline: Timeline? = nil) {
        self.timeline = timeline
        self.directory = directory
        self.kept = kept
    }

    /// Whether a checkpoint is being written.
    package var isBusy: Bool { state.withLock { $0.isBusy } }

    /// Begins to write; waits for the one before.
    package func write(_ snapshot: ReplicaSnapshot, _ position: Checkpoint.Position, isBest: Bool = false) {
        finish()
        state.withLock { $0.isBusy = true }
        queue.async { [directory, kept, timeline] in
            let start = Timeline.now()
            defer { timeline?.record("checkpoint", .checkpoints, since: start) }
            let outcome = Result { try Checkpoint.write(snapshot, position, in: directory, kept: kept, isBest: isBest) }
            self.state.withLock {
                $0.isBusy = false
                if case .failure(let error) = outcome { $0.failure = error }
            }
        }
    }

    /// Returns when nothing is being written.
    package func finish() {
        queue.sync {}
    }

    /// What went wrong since the last call, if anything did.
    package func takeFailure() -> (any Error)? {
        state.withLock { state in
            defer { state.failure = nil }
            return state.failure
        }
    }
}
