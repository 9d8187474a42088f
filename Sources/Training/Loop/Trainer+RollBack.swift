import DataParallel

/// A training that went back; the same on all ranks.
public struct RollBackRecord: Sendable, CustomStringConvertible {
    /// What ended the attempt.
    public let failure: TrainingError
    /// Steps done of what the training goes on from.
    public let step: Int
    /// The step of the last cycle's end before it, 0 where there is none.
    public let lastCycleEnd: Int
    /// What all rates are multiplied by from here on.
    public let rateScale: Double

    public var description: String {
        "\(failure.place): rolled back to step \(step), with all rates times \(rateScale)"
    }
}

extension Trainer {
    /// A state that a training can go back to, in memory.
    struct Kept {
        let state: State
        let replica: Replica.Memory
    }

    /// The most times that a training goes back, of one run of the program.
    private static let mostRollBacks = 10

    /// Collective. Trains by `attempt`; after one that ended with numbers that are not finite, or where information fell, goes
    /// back, where the plan wants it, and trains again.
    ///
    /// - Parameter goBack: brings the training to what was kept last; false where there is nothing.
    func rollingBack(attempt: () throws -> Void, goBack: (TrainingError) throws -> Bool) throws {
        var count = 0
        while true {
            do {
                return try attempt()
            } catch {
                guard let failure, plan.rollBackFactor != nil, count < Self.mostRollBacks else { throw error }
                count += 1
                guard try goBack(failure) else { throw error }
            }
        }
    }

    /// What rates are multiplied by once the training has gone back from where it is.
    var rateScaleAfterFailure: Double { max(rateScale * (plan.rollBackFactor ?? 1), .leastNormalMagnitude) }

    /// Collective. To be called between two steps.
    func keep() throws -> Kept {
        Kept(state: try state(), replica: try replica.remember())
    }

    /// Collective. Goes back to what was kept, with lower rates.
    func goBack(to kept: Kept, after failure: TrainingError) throws -> RollBackRecord {
        let (scale, watch) = (rateScaleAfterFailure, watch)
        try replica.recall(kept.replica)
        try restore(kept.state)
        setRateScale(scale, watchedBy: watch)
        return RollBackRecord(
            failure: failure, step: stepsDone, lastCycleEnd: kept.state.cycleStart, rateScale: scale)
    }

    /// Collective. Trains to the end, or until a rank asks for an interruption; every rank sees the same metrics and takes
    /// the same rates. Where the plan wants it, a step whose numbers are not finite brings the training back to what was kept
    /// last in memory: when the plan's `keeping` asked for a checkpoint, or at the beginning. Where information is watched, it
    /// is the best window or, in the first quarter, the beginning; and a fall of information brings the training back too.
    ///
    /// - Parameters:
    ///   - requests: what this rank asks for after the step that is about to be done; given the steps that will then be
    ///     done, and whether the step ends a cycle.
    ///   - onRequest: called on all ranks after a step with which any of them, or `keeping`, asked for something, between two
    ///     steps: `state()` and the parameters are those to continue from. After the last step of a cycle it comes behind
    ///     `onCycle`, but before the look at a last cycle that the training's end cuts short: a longer training would not look
    ///     there, and can continue from what is kept.
    ///   - onKeep: called when something was kept that the training may go back to.
    ///   - onRollBack: called when the training has gone back.
    ///   - onStep: called after each step.
    ///   - onCycle: called after each cycle, between two steps too.
    /// - Throws: an `AgreedError` of `TrainingError` where loss, gradient or parameters are not finite; what `onStep`,
    ///   `onCycle`, `onKeep`, `onRollBack` and `onRequest` throw; `MPIError`, `DNNLError`.
    public func train(
        requests: (_ stepsDone: Int, _ endsCycle: Bool) -> StepRequests = { _, _ in [] },
        onRequest: (StepRequests) throws -> Void = { _ in },
        onKeep: () throws -> Void = {},
        onRollBack: (RollBackRecord) throws -> Void = { _ in },
        onStep: (StepRecord) throws -> Void = { _ in }, onCycle: (CycleRecord) throws -> Void = { _ in }
    ) throws {
        guard plan.rollBackFactor != nil else {
            return try trainOnce(requests: requests, onRequest: onRequest, onStep: onStep, onCycle: onCycle)
        }
        var kept = try keep()
        try onKeep()
        var policy = CheckpointPolicy(plan.keeping)
        let asksToKeep = replica.communicator.rank == 0 && !plan.watchesInformation
        try rollingBack(
            attempt: {
                try trainOnce(
                    onBest: {
                        kept = try keep()
                        try onKeep()
                    },
                    requests: { step, endsCycle in
                        var asked = requests(step, endsCycle)
                        if asksToKeep, policy.asks(afterStep: step, endsCycle: endsCycle, isBusy: false) {
                            asked.insert(.checkpoint)
                        }
                        return asked
                    },
                    onRequest: { asked in
                        if !plan.watchesInformation {
                            kept = try keep()
                            try onKeep()
                        }
                        try onRequest(asked)
                    }, onStep: onStep, onCycle: onCycle)
            },
            goBack: { failure in
                try onRollBack(goBack(to: kept, after: failure))
                return true
            })
    }
}
