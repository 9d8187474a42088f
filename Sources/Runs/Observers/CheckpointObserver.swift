import DataParallel
import Foundation
import MPI
import Training

/// Takes checkpoints when they are due or asked for, and the best one, which are written while the training goes on. All ranks have
/// one; it is told after the observers whose rows a training that goes on has to find.
package final class CheckpointObserver: TrainingObserver {
    private let settings: Checkpointing
    private let metrics: MetricsObserver
    /// On rank 0, as the fingerprint.
    private let writer: CheckpointWriter?
    private let fingerprint: Fingerprint?
    private var policy: CheckpointPolicy
    private let output: RunOutput
    private var keepsBest = false
    /// The highest accuracy or R² so far, the same on all ranks.
    private var best = -Double.infinity

    init(
        _ settings: Checkpointing, metrics: MetricsObserver, fingerprint: Fingerprint?, timeline: Timeline?,
        _ output: RunOutput
    ) {
        self.settings = settings
        self.metrics = metrics
        self.fingerprint = fingerprint
        self.output = output
        policy = CheckpointPolicy(settings)
        writer = fingerprint.map { _ in
            CheckpointWriter(directory: output.directory.checkpoints, kept: settings.keep, timeline: timeline)
        }
    }

    package func requests(before step: UpcomingStep?) -> StepRequests {
        guard let writer, let step else { return [] }
        let isDue = policy.asks(
            afterStep: step.step, endsCycle: step.endsCycle, endsRun: step.endsTraining, isBusy: writer.isBusy)
        return isDue ? .checkpoint : []
    }

    package func begin(_ trainer: Trainer) throws {
        try findBest(trainer)
        // Not compared at the start, and all ranks take part in a checkpoint.
        keepsBest = try trainer.replica.communicator.broadcast(settings.best ? 1 : 0, root: 0) == 1
    }

    private func findBest(_ trainer: Trainer) throws {
        best = try trainer.replica.communicator.broadcast(
            metrics.cycles.compactMap(\.selectionAccuracy).filter(\.isFinite).max() ?? -.infinity, root: 0)
    }

    package func cycle(_ cycle: CycleRecord, of trainer: Trainer) throws {
        // The same on every rank.
        guard keepsBest, let accuracy = cycle.metrics.selectionAccuracy, accuracy > best else { return }
        best = accuracy
        try take(trainer, isBest: true)
    }

    package func checkpoint(_ requests: StepRequests, of trainer: Trainer) throws { try take(trainer) }

    /// Checkpoints of later steps, which are not of this training any more, give way to one of where it goes on from.
    package func rollBack(_ record: RollBackRecord, of trainer: Trainer) throws {
        policy = CheckpointPolicy(settings)
        try findBest(trainer)
        writer?.finish()
        func abandoned() -> [Int] {
            ((try? Checkpoint.steps(in: output.directory.checkpoints)) ?? []).filter { $0 > record.step }
        }
        let isAbandoned = writer != nil && output.files?.isOwn != false && !abandoned().isEmpty
        guard try trainer.replica.communicator.allReduce(isAbandoned ? 1 : 0, .max) == 1 else { return }
        try take(trainer)
        guard let writer else { return }
        writer.finish()
        tellNews()
        for step in abandoned() { try? Checkpoint.remove(output.directory.checkpoint(ofStep: step)) }
    }

    /// Returns when all have been written.
    package func end(_ trainer: Trainer) throws {
        // At the last step the policy asked for one.
        if trainer.hasStopped, trainer.stepsDone < trainer.totalSteps, settings.end { try take(trainer) }
        writer?.finish()
        guard let writer, !trainer.isInterrupted else { return }
        tellNews()
        let failed = writer.failedCount
        if failed > 1 { output.logger.warning("the last \(failed) checkpoints could not be written") }
    }

    package func failure(of trainer: Trainer) { writer?.finish() }

    /// Collective.
    private func take(_ trainer: Trainer, isBest: Bool = false) throws {
        let replica = trainer.replica
        let start = Timeline.now()
        defer { replica.timeline?.record("copy for a checkpoint", since: start) }
        let state = try trainer.state()
        let snapshot = try replica.snapshot()
        guard let snapshot, let writer, let fingerprint, output.files?.isOwn != false else { return }
        tellNews()
        writer.write(
            snapshot,
            Checkpoint.Position(
                trainer: state, overlapsReduction: replica.canOverlapReduction ? replica.overlapsReduction : nil,
                fingerprint: fingerprint),
            isBest: isBest)
    }

    /// A checkpoint that could not be written costs no more than itself. Of several, one after the other, the first is told.
    private func tellNews() {
        for news in writer?.takeNews() ?? [] {
            switch news {
            case .failure(let failure):
                output.logger.warning("no checkpoint: \(failure); the one before it stands, and the next is tried")
            case .writtenAgain(let count):
                output.logger.notice("checkpoints: one has been written again; \(count) before it could not be")
            }
        }
    }

    /// Why the checkpoint of an interrupted training is not there; nil where it is. Of rank 0.
    func obstacleToInterruption(of trainer: Trainer) -> InterruptionNotKept? {
        guard let failure = writer?.takeFailure() else { return nil }
        // One of a later step is damaged: the training went on from an earlier one.
        let newest = (try? Checkpoint.steps(in: output.directory.checkpoints))?.last { $0 <= trainer.stepsDone }
        if newest == trainer.stepsDone {
            // Another one, the best say, or the removal of an old one.
            output.logger.warning("\(failure); the checkpoint after step \(trainer.stepsDone) stands")
            return nil
        }
        return InterruptionNotKept(place: trainer.placeOfInterruption, failure: failure, newest: newest)
    }
}

extension Trainer {
    var placeOfInterruption: String { "interrupted after step \(stepsDone) of \(totalSteps)" }
}

extension CycleMetrics {
    /// The accuracy that a checkpoint is chosen by: never the test set's.
    fileprivate var selectionAccuracy: Double? { (validation ?? train)?.score }
}
