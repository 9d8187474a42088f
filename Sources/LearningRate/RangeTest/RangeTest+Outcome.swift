extension RangeTest {
    /// The bounds that a test found, or why it found none.
    public enum Outcome: Sendable, Hashable {
        case bounds(RateBounds, maximum: MaximumReason, minimum: MinimumReason)
        case none(Failure)
    }

    /// Where the upper bound comes from.
    public enum MaximumReason: Sendable, Hashable {
        /// The smoothed loss was lowest at `rate` and rose after it.
        case lowestLoss(rate: Double, safety: Double)

        /// The smoothed loss was lowest at `rate` and had not risen by the end of the test: a higher rate may do too.
        case upperEndReached(rate: Double, safety: Double)
    }

    /// Where the lower bound comes from.
    public enum MinimumReason: Sendable, Hashable {
        /// A hundredth of the upper bound lets the decay finish.
        case hundredthOfMaximum

        /// The loss begins to fall at this rate, which is under a hundredth of the upper bound.
        case lossBeginsToFall(rate: Double)
    }

    /// Why there are no bounds.
    public enum Failure: Error, Sendable, Hashable {
        /// Fewer steps than it takes to tell a fall from noise.
        case tooFewSteps(recorded: Int, needed: Int)

        /// The loss diverged or was not finite before there were enough steps to judge by.
        case divergedAtOnce(step: Int, rate: Double)

        /// The loss diverged or was not finite and had not fallen by more than its noise before.
        case divergedWithoutFalling(step: Int, rate: Double)

        /// At no rate did the loss fall by more than its noise.
        case lossNeverFell(initial: Double, lowest: Double)
    }
}

extension RangeTest.Outcome: CustomStringConvertible {
    /// One line.
    public var description: String {
        switch self {
        case .bounds(let bounds, let maximum, let minimum):
            "rates \(short(bounds.minimum)) to \(short(bounds.maximum)): maximum, \(maximum); minimum, \(minimum)"
        case .none(let failure):
            "no bounds: \(failure)"
        }
    }
}

extension RangeTest.MaximumReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .lowestLoss(let rate, let safety):
            "the loss was lowest at rate \(short(rate)), divided by \(short(safety))"
        case .upperEndReached(let rate, let safety):
            "the loss had not risen again by the test's end, lowest at rate \(short(rate)), divided by \(short(safety))"
        }
    }
}

extension RangeTest.MinimumReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .hundredthOfMaximum: "a hundredth of the maximum"
        case .lossBeginsToFall(let rate): "the loss begins to fall at rate \(short(rate))"
        }
    }
}

extension RangeTest.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooFewSteps(let recorded, let needed):
            "\(recorded) steps are too few to judge by, at least \(needed) are needed; raise the number of steps"
        case .divergedAtOnce(let step, let rate):
            "the loss diverged at step \(step), rate \(short(rate)), before it could fall; begin at a lower rate"
        case .divergedWithoutFalling(let step, let rate):
            "the loss diverged at step \(step), rate \(short(rate)), without having fallen by more than its noise; "
                + "take more steps, a larger batch, or check data and network"
        case .lossNeverFell(let initial, let lowest):
            "the loss never fell by more than its noise, from \(short(initial)) to \(short(lowest)) at best; "
                + "take more steps, a higher last rate, or check data and network"
        }
    }
}
