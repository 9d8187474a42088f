import DataParallel
import Training

/// An observer made of what a test wants to see.
package final class ClosureObserver: TrainingObserver {
    private let requests: (UpcomingStep?) -> StepRequests
    private let onRequest: (StepRequests) throws -> Void
    private let onRollBack: (RollBackRecord) throws -> Void
    private let onStep: (StepRecord) throws -> Void
    private let onCycle: (CycleRecord) throws -> Void

    package init(
        requests: @escaping (UpcomingStep?) -> StepRequests = { _ in [] },
        onRequest: @escaping (StepRequests) throws -> Void = { _ in },
        onRollBack: @escaping (RollBackRecord) throws -> Void = { _ in },
        onStep: @escaping (StepRecord) throws -> Void = { _ in },
        onCycle: @escaping (CycleRecord) throws -> Void = { _ in }
    ) {
        self.requests = requests
        self.onRequest = onRequest
        self.onRollBack = onRollBack
        self.onStep = onStep
        self.onCycle = onCycle
    }

    package func requests(before step: UpcomingStep?) -> StepRequests { requests(step) }
    package func checkpoint(_ requests: StepRequests, of trainer: Trainer) throws { try onRequest(requests) }
    package func rollBack(_ record: RollBackRecord, of trainer: Trainer) throws { try onRollBack(record) }
    package func step(_ step: StepRecord, of trainer: Trainer) throws { try onStep(step) }
    package func cycle(_ cycle: CycleRecord, of trainer: Trainer) throws { try onCycle(cycle) }
}

extension Trainer {
    /// Collective. Trains to the end, or to an interruption.
    ///
    /// - Parameter requests: given the step that is about to be done; nil while a cycle is evaluated.
    package func train(
        requests: @escaping (UpcomingStep?) -> StepRequests = { _ in [] },
        onRequest: @escaping (StepRequests) throws -> Void = { _ in },
        onRollBack: @escaping (RollBackRecord) throws -> Void = { _ in },
        onStep: @escaping (StepRecord) throws -> Void = { _ in },
        onCycle: @escaping (CycleRecord) throws -> Void = { _ in }
    ) throws {
        try train(observedBy: [
            ClosureObserver(
                requests: requests, onRequest: onRequest, onRollBack: onRollBack, onStep: onStep, onCycle: onCycle)
        ])
    }
}
