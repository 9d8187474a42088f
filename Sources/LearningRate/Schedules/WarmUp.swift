/// A linear rise in front of a schedule: from `startShare` of the schedule's first rate to that rate over `steps` steps.
/// Then the schedule begins, at its own step 0.
///
/// The cycles that end in the warm-up are not shown to the schedule.
///
/// Source: P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017, section 2.2. PyTorch's
/// `LinearLR` before another schedule in `SequentialLR`.
public struct WarmUp: Schedule, Hashable {
    /// Steps of the rise, at least 1.
    public let steps: Int

    /// In 0...1.
    public let startShare: Double

    public private(set) var schedule: ConfiguredSchedule

    public init(steps: Int, startShare: Double = 0.01, before schedule: ConfiguredSchedule) {
        self.steps = steps
        self.startShare = startShare
        self.schedule = schedule
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        step < steps ? schedule.rate(at: 0) * share(at: step) : schedule.rate(at: step - steps)
    }

    public func rates(at step: Int) -> LayerRates {
        step < steps ? schedule.rates(at: 0).scaled(by: share(at: step)) : schedule.rates(at: step - steps)
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        guard metrics.step > steps else {
            let rate = rate(at: metrics.step)
            return RateDecision(before: rate, after: rate, reason: .warmingUp)
        }
        return schedule.observe(metrics.since(steps))
    }

    private func share(at step: Int) -> Double {
        startShare + (1 - startShare) * (Double(step) / Double(steps))
    }

    private var problem: String? {
        if let problem = Limits.steps(steps) { return problem }
        return startShare >= 0 && startShare <= 1 ? nil : "a warm-up starts at a share in 0...1, got \(startShare)"
    }
}

extension WarmUp {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        steps = try container.decode(Int.self, forKey: .steps)
        startShare = try container.decode(Double.self, forKey: .startShare)
        schedule = try container.decode(ConfiguredSchedule.self, forKey: .schedule)
        try decoder.check(problem)
    }
}
