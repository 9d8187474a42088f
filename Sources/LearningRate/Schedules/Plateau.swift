/// Falls by a factor when loss or accuracy, of all ranks, has stopped improving.
///
/// A loss improves when it is under best · (1 − threshold), an accuracy when it is above best · (1 + threshold), best being
/// the last value that improved; the first does. `patience` cycles in a row without improvement are tolerated: the rate
/// falls at the end of the next such one, the (patience + 1)-th, to rate · factor or the floor. Then the count begins anew,
/// and the next `cooldown` cycles are not counted.
///
/// PyTorch's `ReduceLROnPlateau` with `threshold_mode="rel"` and `eps=0`: no fall is too small to be made.
public struct Plateau: Schedule, Hashable {
    /// What should improve.
    public enum Metric: String, Sendable, Hashable, Codable {
        /// The mean loss, downwards.
        case loss
        /// The share predicted correctly, upwards.
        case accuracy
    }

    public let metric: Metric

    /// In (0, 1].
    public let factor: Double

    /// Cycles, at least 0.
    public let patience: Int

    /// In 0..<1.
    public let threshold: Double

    /// Cycles, at least 0.
    public let cooldown: Int

    /// At least 0 and at most the first rate.
    public let floor: Double

    private var rate: Double
    private var best: Double?
    private var badCycles = 0
    private var coolingCycles = 0

    /// - Parameter rate: the first, above 0.
    public init(
        rate: Double, metric: Metric = .loss, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
        cooldown: Int = 0, floor: Double = 0
    ) {
        self.rate = rate
        self.metric = metric
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.floor = floor
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double { rate }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let before = rate
        let reason = decide(metric == .loss ? metrics.loss : metrics.accuracy)
        return RateDecision(before: before, after: rate, reason: reason)
    }

    private mutating func decide(_ value: Double) -> RateDecision.Reason {
        let previous = best
        let isBetter = improves(value)
        if isBetter { best = value }
        badCycles = isBetter ? 0 : badCycles + 1
        if coolingCycles > 0 {
            coolingCycles -= 1
            badCycles = 0
            return isBetter ? .improved(from: previous, to: value) : .coolingDown(left: coolingCycles)
        }
        guard badCycles > patience else {
            return isBetter
                ? .improved(from: previous, to: value) : .waiting(cycles: badCycles, patience: patience)
        }
        // Not to 0, however often it falls.
        rate = max(floor, rate * factor, .leastNormalMagnitude)
        badCycles = 0
        coolingCycles = cooldown
        return .reduced(afterCycles: patience + 1, factor: factor)
    }

    private func improves(_ value: Double) -> Bool {
        guard let best else { return value.isFinite }
        return metric == .loss ? value < best * (1 - threshold) : value > best * (1 + threshold)
    }

    private var problem: String? {
        if let problem = Limits.rate(rate) ?? Limits.factor(factor) ?? Limits.floor(floor, under: rate) {
            return problem
        }
        if patience < 0 || cooldown < 0 || badCycles < 0 || coolingCycles < 0 {
            return "patience, cooldown and what counts them are at least 0 cycles, got \(patience), \(cooldown), "
                + "\(badCycles) and \(coolingCycles)"
        }
        return threshold >= 0 && threshold < 1 ? nil : "the threshold is in 0..<1, got \(threshold)"
    }
}

extension Plateau {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        metric = try container.decode(Metric.self, forKey: .metric)
        factor = try container.decode(Double.self, forKey: .factor)
        patience = try container.decode(Int.self, forKey: .patience)
        threshold = try container.decode(Double.self, forKey: .threshold)
        cooldown = try container.decode(Int.self, forKey: .cooldown)
        floor = try container.decode(Double.self, forKey: .floor)
        rate = try container.decode(Double.self, forKey: .rate)
        best = try container.decodeIfPresent(Double.self, forKey: .best)
        badCycles = try container.decode(Int.self, forKey: .badCycles)
        coolingCycles = try container.decode(Int.self, forKey: .coolingCycles)
        try decoder.check(problem)
    }
}
