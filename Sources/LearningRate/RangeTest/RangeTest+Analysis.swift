extension RangeTest {
    /// The bounds found by what was recorded so far; meant for when the test is over.
    ///
    /// The upper bound is the rate of the lowest smoothed loss over `safety`. The lower bound is a hundredth of it, or the
    /// rate at which the loss begins to fall where that is lower.
    ///
    /// Noise is what tells a fall from chance. The *initial* loss is the smoothed loss after the first twentieth of the
    /// steps, n = max(5, steps / 20) of them, whose rates are too low to matter; the lowest is looked for after these. The
    /// noise σ of a single loss comes from the median absolute difference of neighbouring losses, which a trend or
    /// an outlier hardly moves. The loss *fell* if the smoothed loss came down from the initial by more than a thousandth
    /// and more than four standard errors of that difference, 4σ · √(1/n + (1 − β)/(1 + β)). It *begins to fall* at the
    /// step after the last one, before the lowest, that was still less than these and less than a twentieth of the way
    /// down: a dip by chance comes back and does not count.
    public var outcome: Outcome {
        let initialCount = max(5, steps / 20)
        let needed = 2 * initialCount
        guard records.count >= needed else {
            return .none(
                stoppedEarly.map { .divergedAtOnce(step: $0.step, rate: $0.rate) }
                    ?? .tooFewSteps(recorded: records.count, needed: needed))
        }
        let initial = records[initialCount - 1].smoothedLoss
        let settled = records[(initialCount - 1)...]
        guard let lowest = settled.min(by: { $0.smoothedLoss < $1.smoothedLoss }) else {
            preconditionFailure("\(records.count) records hold none after the first \(initialCount - 1)")
        }
        let noise = lossNoise(through: max(lowest.step, needed - 1))
        let smoothedShare = (1 - smoothing) / (1 + smoothing)
        let fall = initial - lowest.smoothedLoss
        let chance = 4 * noise * (1 / Double(initialCount) + smoothedShare).squareRoot()
        guard fall > max(chance, abs(initial) / 1000) else {
            return .none(
                stoppedEarly.map { .divergedWithoutFalling(step: $0.step, rate: $0.rate) }
                    ?? .lossNeverFell(initial: initial, lowest: lowest.smoothedLoss))
        }
        let rise = records[records.count - 1].smoothedLoss - lowest.smoothedLoss
        let hasRisen = stoppedEarly != nil || rise > 4 * noise * smoothedShare.squareRoot()
        let begun = initial - max(chance, abs(initial) / 1000, fall / 20)
        return bounds(lowest: lowest, fallBegins: fallBegins(under: begun, before: lowest), hasRisen: hasRisen)
    }

    private func bounds(lowest: Record, fallBegins: Double, hasRisen: Bool) -> Outcome {
        let maximum = lowest.rate / safety
        let hundredth = maximum / 100
        return .bounds(
            RateBounds(minimum: min(hundredth, fallBegins), maximum: maximum),
            maximum: hasRisen
                ? .lowestLoss(rate: lowest.rate, safety: safety)
                : .upperEndReached(rate: lowest.rate, safety: safety),
            minimum: fallBegins < hundredth ? .lossBeginsToFall(rate: fallBegins) : .hundredthOfMaximum)
    }

    /// The rate from which on the smoothed loss stays at most `loss`, until it is lowest.
    private func fallBegins(under loss: Double, before lowest: Record) -> Double {
        let lastAbove = records[..<lowest.step].lastIndex { $0.smoothedLoss > loss }
        return records[lastAbove.map { $0 + 1 } ?? 0].rate
    }

    /// σ of a single loss, from its successive differences: 1.4826 · median|Δ| / √2, exact for normal noise.
    private func lossNoise(through last: Int) -> Double {
        let differences = (1...last).map { abs(records[$0].loss - records[$0 - 1].loss) }.sorted()
        return 1.4826 * differences[differences.count / 2] / 2.0.squareRoot()
    }

    private var stoppedEarly: (step: Int, rate: Double)? {
        switch stopReason {
        case .diverged(let step, let rate), .notFinite(let step, let rate): (step, rate)
        case .finished, nil: nil
        }
    }
}
