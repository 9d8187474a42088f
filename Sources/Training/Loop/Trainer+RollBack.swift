import MPI

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

    /// The steps done of what the training goes back to; nil where it does not.
    package var keptStep: Int? { kept?.state.stepsDone }

    /// The most times that a training goes back, of one run of the program.
    private static let mostRollBacks = 10

    /// Collective. Does `body`; where it ends with numbers that are not finite, or with a fall of information, brings the training
    /// back to what was kept last, if anything was.
    func goingBack(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            guard let failure, let kept, rollBacks < Self.mostRollBacks else { throw error }
            rollBacks += 1
            let record = try goBack(to: kept, after: failure)
            try tell { try $0.rollBack(record, of: self) }
        }
    }

    /// Collective. Does `body`, and tells observers of what all ranks end with.
    func endingByFailures(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as AgreedError {
            try tell { try $0.failure(of: self) }
            throw error
        }
    }

    /// Collective. To be called between two steps.
    func keep() throws -> Kept {
        Kept(state: try state(), replica: try replica.remember())
    }

    /// Collective. Goes back to what was kept, with lower rates; with those before where the rate was not the reason.
    private func goBack(to kept: Kept, after failure: TrainingError) throws -> RollBackRecord {
        let factor = plan.rollBackFactor ?? 1
        let scale = failure.isOfRate ? max(rateScale * factor, .leastNormalMagnitude) : rateScale / factor
        let watch = watch
        try replica.recall(kept.replica)
        try restore(kept.state)
        rateScale = scale
        self.watch = self.watch.afterGoingBack(from: watch)
        return RollBackRecord(
            failure: failure, step: stepsDone, lastCycleEnd: kept.state.cycleStart, rateScale: scale)
    }
}
