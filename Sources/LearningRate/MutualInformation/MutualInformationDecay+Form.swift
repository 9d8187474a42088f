import Foundation

extension MutualInformationDecay {
    /// How a cycle's I sets the rate; I′ is that of the cycle before.
    public enum Form: Sendable, Hashable {
        /// The rate is held as long as I goes on growing, and halved when it has not grown by more than its error over the later
        /// half of the time at this rate: after 2, 4, 8 … cycles since the last fall, Iₘ is held against I of half as many,
        /// √(se² + se′²) is the error. As the span grows with the time, a slow growth is told from chance, and nothing is to
        /// be set. Meant for trainings whose parameters are averaged: the average takes the noise of the rate out, for which
        /// other forms let it fall.
        case hold

        /// The share of the remaining equivocation that the cycle removed, g = (I − I′) / (H − I′), decides:
        /// rate ← max(minimum, rate · (factor + (1 − factor) · a)), a = clamp(g / target, 0, 1).
        ///
        /// `target`, in 0..<1 above 0, is for one epoch. A cycle of L epochs has the target 1 − (1 − target)^L: what stays
        /// unknown multiplies from cycle to cycle, so cycles of any length that meet it leave the same after an epoch.
        /// `factor`, in 0...1, is for one cycle without gain. When nothing is left to remove (H ≤ I′), g is 0. The first
        /// cycle changes nothing.
        case gain(target: Double = 0.2, factor: Double = 0.7)

        /// Vasudevan's: when (I − I′) / I′ < threshold, the rate falls to minimum + (maximum − minimum) · residual if that
        /// is lower, else to rate · residual, not under the minimum. From I′ = 0 any growth is above the threshold. The first
        /// cycle changes nothing.
        case threshold(Double = 0.01)

        /// rate ← min(rate, minimum + (maximum − minimum) · residual^exponent), from the first cycle on; exponent above 0.
        case level(exponent: Double = 1)
    }
}

extension MutualInformationDecay.Form {
    /// The target of a cycle of `cycleLength` epochs, from that of one epoch.
    static func target(_ target: Double, cycleLength: Double) -> Double {
        cycleLength == 1 ? target : -expm1(cycleLength * log1p(-target))
    }

    func decide(
        _ rate: inout Double, _ metrics: GlobalMetrics, previousInformation: Double?, held: inout HeldRate,
        bounds: RateBounds
    ) -> RateDecision.Reason {
        switch self {
        case .hold:
            let reason = held.observe(metrics)
            if case .noGrowth = reason { rate = max(bounds.minimum, rate / 2) }
            return reason

        case .gain(let target, let factor):
            guard let previous = previousInformation else { return .firstCycle }
            let remaining = metrics.labelEntropy - previous
            let share = remaining > 0 ? (metrics.mutualInformation - previous) / remaining : 0
            let cycleTarget = Self.target(target, cycleLength: metrics.cycleLength)
            let attained = min(1, max(0, share / cycleTarget))
            let multiplier = factor + (1 - factor) * attained
            rate = max(bounds.minimum, rate * multiplier)
            return .gain(share: share, target: cycleTarget, factor: multiplier)

        case .threshold(let threshold):
            guard let previous = previousInformation else { return .firstCycle }
            let change = metrics.mutualInformation - previous
            guard previous > 0 else { return .growing(growth: nil) }
            let growth = change / previous
            guard growth < threshold else { return .growing(growth: growth) }
            let level = bounds.rate(at: metrics.residual)
            if level < rate {
                rate = level
                return .stalledToLevel(growth: growth, residual: metrics.residual)
            }
            rate = max(bounds.minimum, rate * metrics.residual)
            return .stalledTimesResidual(growth: growth, residual: metrics.residual)

        case .level(let exponent):
            let share = exponent == 1 ? metrics.residual : pow(metrics.residual, exponent)
            let level = bounds.rate(at: share)
            rate = min(rate, level)
            return .level(level: level, residual: metrics.residual)
        }
    }

    /// What is out of range, or nil.
    var problem: String? {
        switch self {
        case .hold: break
        case .gain(let target, let factor):
            if !(target > 0 && target < 1) { return "the gain's target is above 0 and below 1, got \(target)" }
            if !(factor >= 0 && factor <= 1) { return "the gain's factor is in 0...1, got \(factor)" }
        case .threshold(let threshold):
            if !(threshold.isFinite) { return "the threshold is a finite number, got \(threshold)" }
        case .level(let exponent):
            if !(exponent > 0 && exponent.isFinite) {
                return "the level's exponent is above 0 and finite, got \(exponent)"
            }
        }
        return nil
    }
}

extension MutualInformationDecay.Form: Codable {
    private enum Name: String, Codable {
        case hold, gain, threshold, level
    }

    private enum CodingKeys: CodingKey {
        case name, target, factor, threshold, exponent
    }

    /// Throws `DecodingError` when the name is unknown or a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Name.self, forKey: .name) {
        case .hold:
            self = .hold
        case .gain:
            self = .gain(
                target: try container.decode(Double.self, forKey: .target),
                factor: try container.decode(Double.self, forKey: .factor))
        case .threshold:
            self = .threshold(try container.decode(Double.self, forKey: .threshold))
        case .level:
            self = .level(exponent: try container.decode(Double.self, forKey: .exponent))
        }
        if let problem {
            throw DecodingError.dataCorruptedError(forKey: .name, in: container, debugDescription: problem)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .hold:
            try container.encode(Name.hold, forKey: .name)
        case .gain(let target, let factor):
            try container.encode(Name.gain, forKey: .name)
            try container.encode(target, forKey: .target)
            try container.encode(factor, forKey: .factor)
        case .threshold(let threshold):
            try container.encode(Name.threshold, forKey: .name)
            try container.encode(threshold, forKey: .threshold)
        case .level(let exponent):
            try container.encode(Name.level, forKey: .name)
            try container.encode(exponent, forKey: .exponent)
        }
    }
}
