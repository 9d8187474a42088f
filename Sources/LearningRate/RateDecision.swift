/// What a schedule made of one cycle's metrics: for the log, so that no change of the rate goes unexplained.
public struct RateDecision: Sendable, Hashable, Encodable {
    /// The rate the next step would have had without the metrics.
    public let before: Double

    /// The rate the next step has.
    public let after: Double

    public let reason: Reason

    public init(before: Double, after: Double, reason: Reason) {
        self.before = before
        self.after = after
        self.reason = reason
    }

    /// That of a schedule all of whose rates are multiplied by `factor`. Levels that the reason tells stay the schedule's own.
    public func scaled(by factor: Double) -> Self {
        Self(before: factor * before, after: factor * after, reason: reason)
    }

    /// Why the rate is what it is. Information in nats.
    public enum Reason: Sendable, Hashable, Encodable {
        /// The schedule does not look at metrics.
        case fixed

        /// The rule compares cycles and this was the first.
        case firstCycle

        /// H(Y) = 0: one label only, so there is nothing to know and nothing to decide by.
        case noLabelEntropy

        /// The cycle removed `share` of the remaining equivocation, `target` was asked for; the rate was multiplied by
        /// `factor`, before the lower bound.
        case gain(share: Double, target: Double, factor: Double)

        /// The rate is held for `until` more cycles before I(Y;Ŷ) is looked at.
        case holding(until: Int)

        /// I(Y;Ŷ) rose by more than its error over some cycles: the rate is held.
        case growth(Double, error: Double, cycles: Int)

        /// I(Y;Ŷ) did not rise by more than its error over some cycles: the rate was halved, before the lower bound.
        case noGrowth(growth: Double, error: Double, cycles: Int)

        /// I(Y;Ŷ) rose by `growth` of its previous value, at least the threshold; nil when that value was 0.
        case growing(growth: Double?)

        /// I(Y;Ŷ) rose by less than the threshold: the rate went to its level between the bounds.
        case stalledToLevel(growth: Double, residual: Double)

        /// I(Y;Ŷ) rose by less than the threshold, and the level between the bounds is not under the rate: the rate was
        /// multiplied by the residual, before the lower bound.
        case stalledTimesResidual(growth: Double, residual: Double)

        /// The residual puts the rate at `level` at most.
        case level(level: Double, residual: Double)

        /// Loss or accuracy improved on its best value so far; nil for the first.
        case improved(from: Double?, to: Double)

        /// Loss or accuracy has not improved for `cycles` cycles, of which `patience` are tolerated.
        case waiting(cycles: Int, patience: Int)

        /// Loss or accuracy did not improve for `afterCycles` cycles: the rate was multiplied by `factor`, before the floor.
        case reduced(afterCycles: Int, factor: Double)

        /// Loss or accuracy did not improve, but the rate fell a short time ago; `left` cycles are still not counted.
        case coolingDown(left: Int)

        /// The warm-up was under way to the cycle's end: the schedule behind it is not shown the cycle.
        case warmingUp

        /// Layers have rates of their own, and those of `fallen` layers fell.
        case layers(fallen: Int, count: Int)

        /// Layers have rates of their own, but what they know was not measured in this cycle.
        case layersNotMeasured

        /// The joined schedule with this index begins with the next step.
        case beginning(part: Int)
    }
}

extension RateDecision: CustomStringConvertible {
    /// One line: the reason and the two rates.
    public var description: String {
        after == before
            ? "rate stays \(short(after)): \(reason)" : "rate \(short(before)) → \(short(after)): \(reason)"
    }
}

extension RateDecision.Reason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .fixed:
            "the schedule does not look at metrics"
        case .firstCycle:
            "first cycle, nothing to compare with"
        case .noLabelEntropy:
            "only one label occurred, mutual information cannot tell progress"
        case .gain(let share, let target, let factor):
            "the cycle removed \(percent(share)) of the remaining equivocation, target \(percent(target)): "
                + "times \(short(factor))"
        case .holding(let until):
            "held for \(until) more \(until == 1 ? "cycle" : "cycles")"
        case .growth(let growth, let error, let cycles):
            "mutual information grew by \(short(growth)) in \(cycles == 1 ? "a cycle" : "\(cycles) cycles"), error "
                + "\(short(error)): held"
        case .noGrowth(let growth, let error, let cycles):
            "mutual information grew by \(short(growth)) in \(cycles == 1 ? "a cycle" : "\(cycles) cycles"), within its "
                + "error of \(short(error)): halved"
        case .growing(nil):
            "mutual information was 0 before"
        case .growing(let growth?):
            "mutual information changed by \(percent(growth)), not under the threshold"
        case .stalledToLevel(let growth, let residual):
            "mutual information changed by \(percent(growth)), under the threshold: to the level of residual "
                + short(residual)
        case .stalledTimesResidual(let growth, let residual):
            "mutual information changed by \(percent(growth)), under the threshold: times residual \(short(residual))"
        case .level(let level, let residual):
            "residual \(short(residual)) allows at most \(short(level))"
        case .improved(nil, let value):
            "first value, \(short(value))"
        case .improved(let best?, let value):
            "improved from \(short(best)) to \(short(value))"
        case .waiting(let cycles, let patience):
            "no improvement for \(cycles) of \(patience) tolerated cycles"
        case .reduced(let cycles, let factor):
            "no improvement for \(cycles) cycles: times \(short(factor))"
        case .coolingDown(let left):
            "no improvement, cooling down, \(left) more cycles not counted"
        case .warmingUp:
            "warm-up"
        case .layers(let fallen, let count):
            "the rates of \(fallen) of \(count) layers fell"
        case .layersNotMeasured:
            "what the layers know is measured from the next cycle on"
        case .beginning(let part):
            "part \(part + 1) begins"
        }
    }
}
