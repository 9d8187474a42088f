import Training

/// Counts the steps that a training leaves out with `training.nonFinite: skip`, so that it is told of them, and ended where nothing is
/// learnt any more.
struct SkippedSteps {
    private var steps: Int
    private var updates: Int

    /// At the beginning, or where the training goes on.
    init(_ trainer: Trainer) {
        (steps, updates) = (trainer.stepsDone, trainer.updatesDone)
    }

    /// To be called at the end of each cycle; returns or throws the same on all ranks.
    ///
    /// - Returns: a line about the cycle's steps that were left out; nil for none.
    /// - Throws: ``NothingButSkippedSteps`` where a whole cycle of two steps or more had no update.
    mutating func endCycle(_ cycle: CycleRecord, of trainer: Trainer) throws(NothingButSkippedSteps) -> String? {
        let count = trainer.stepsDone - steps
        let skipped = count - (trainer.updatesDone - updates)
        (steps, updates) = (trainer.stepsDone, trainer.updatesDone)
        guard skipped > 0 else { return nil }
        // A part of a cycle, at the end or since the training went on, may have few steps.
        if skipped == count, count >= 2, count >= trainer.stepsPerCycle {
            throw NothingButSkippedSteps(count: count, place: "cycle \(cycle.cycle + 1)")
        }
        return "cycle \(cycle.cycle + 1): \(Self.share(skipped, of: count))"
    }

    /// A line about all of a training's steps that were left out, those before it went on too; nil for none. The same on all ranks.
    ///
    /// - Throws: ``NothingButSkippedSteps`` where there was no update at all.
    static func total(of trainer: Trainer) throws(NothingButSkippedSteps) -> String? {
        let (count, skipped) = (trainer.stepsDone, trainer.stepsDone - trainer.updatesDone)
        guard skipped > 0 else { return nil }
        if skipped == count {
            throw NothingButSkippedSteps(count: count, place: "the training")
        }
        return "in all \(share(skipped, of: count))"
    }

    private static func share(_ skipped: Int, of count: Int) -> String {
        "\(skipped) of \(count) \(count == 1 ? "step" : "steps") skipped, since a loss or the gradient was not finite "
            + "(training.nonFinite: skip)"
    }
}

/// A training all of whose steps were left out for a while.
struct NothingButSkippedSteps: Error, CustomStringConvertible {
    let count: Int
    let place: String

    var description: String {
        "all \(count) steps of \(place) were skipped, since a loss or the gradient was not finite (training.nonFinite: skip): "
            + "nothing is learnt; lower the rate (learningRate.rate or bounds.max), clip the gradient (optimizer.clipNorm), or "
            + "check the data for extreme values"
    }
}
