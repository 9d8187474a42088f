import DataParallel
import Dispatch
import Synchronization

/// Writes checkpoints on a thread of its own, one at a time, so that training waits for a copy in memory alone. For one rank.
///
/// While one is written at most two others wait in memory: that of a step, and the best one. A newer one takes the place of the
/// one of its kind that waits.
package final class CheckpointWriter: Sendable {
    private let directory: String
    /// How many are left on the disk.
    private let kept: Int
    private let timeline: Timeline?
    private let queue: DispatchQueue
    private let state = Mutex(State())

    private struct State {
        var isWriting = false
        /// In the order in which they are written.
        var waiting: [Job] = []
        var failure: (any Error)?
        /// Checkpoints that failed since the last one that was written.
        var failedCount = 0
        var news: [News] = []

        mutating func note(_ outcome: Result<Void, any Error>) {
            switch outcome {
            case .success:
                if failedCount > 0 { news.append(.writtenAgain(afterFailed: failedCount)) }
                failedCount = 0
            case .failure(let error):
                failure = error
                if failedCount == 0 { news.append(.failure(error)) }
                failedCount += 1
            }
        }
    }

    /// News of checkpoints that cannot be written: once when they begin to fail, and once when that is over.
    package enum News {
        case failure(any Error)
        /// - Parameter count: of those that failed before.
        case writtenAgain(afterFailed: Int)
    }

    private struct Job {
        let snapshot: ReplicaSnapshot
        let position: Checkpoint.Position
        let isBest: Bool
    }

    /// - Parameters:
    ///   - timeline: where it is recorded when a checkpoint was written.
    ///   - queue: on which they are written, one after the other.
    package init(
        directory: String, kept: Int, timeline: Timeline? = nil,
        queue: DispatchQueue = DispatchQueue(label: "checkpoints")
    ) {
        self.timeline = timeline
        self.queue = queue
        self.directory = directory
        self.kept = kept
    }

    /// Whether a checkpoint is being written or waits for it.
    package var isBusy: Bool { state.withLock { $0.isWriting || !$0.waiting.isEmpty } }

    /// Those that wait for one that is being written.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Has a checkpoint written when those before it are; returns at once.
    package func write(_ snapshot: ReplicaSnapshot, _ position: Checkpoint.Position, isBest: Bool = false) {
        let job = Job(snapshot: snapshot, position: position, isBest: isBest)
        let isAnother = state.withLock { state in
            guard let place = state.waiting.firstIndex(where: { $0.isBest == isBest }) else {
                state.waiting.append(job)
                return true
            }
            state.waiting[place] = job
            return false
        }
        if isAnother { queue.async { self.writeNext() } }
    }

    private func writeNext() {
        let next = state.withLock { state in
            state.isWriting = true
            return state.waiting.removeFirst()
        }
        let start = Timeline.now()
        let outcome = Result {
            try Checkpoint.write(next.snapshot, next.position, in: directory, kept: kept, isBest: next.isBest)
        }
        timeline?.record("checkpoint", .checkpoints, since: start)
        state.withLock {
            $0.isWriting = false
            $0.note(outcome)
        }
    }

    /// Returns when all have been written.
    package func finish() {
        queue.sync {}
    }

    /// The last failure since the last call of this or ``takeNews()``; nil for none.
    package func takeFailure() -> (any Error)? {
        state.withLock { state in
            defer { state.failure = nil }
            return state.failure
        }
    }

    /// News since the last call.
    package func takeNews() -> [News] {
        state.withLock { state in
            state.failure = nil
            defer { state.news = [] }
            return state.news
        }
    }

    /// Those that could not be written since the last one that was.
    package var failedCount: Int { state.withLock { $0.failedCount } }
}
