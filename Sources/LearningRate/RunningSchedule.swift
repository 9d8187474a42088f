/// A schedule that has begun, after a linear rise: from `startShare` of the schedule's first rate to that rate over `warmUpSteps` steps.
/// Then the schedule begins, at its own step 0.
///
/// The cycles that end in the warm-up are not shown to the schedule.
///
/// Source: P. Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017, section 2.2. PyTorch's
/// `LinearLR` before another schedule in `SequentialLR`.
public struct RunningSchedule: RateRule {
    /// Steps of the rise; 0 for none.
    public let warmUpSteps: Int

    /// In 0...1.
    public let startShare: Double

    /// The schedule after it, which has begun.
    public var schedule: any Schedule { coded.schedule }

    private var coded: CodedSchedule

    /// - Parameter schedule: one that has begun.
    public init(_ schedule: any Schedule, warmUpSteps: Int = 0, startShare: Double = 0.01) {
        self.warmUpSteps = warmUpSteps
        self.startShare = startShare
        coded = CodedSchedule(schedule)
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        step < warmUpSteps ? schedule.rate(at: 0) * share(at: step) : schedule.rate(at: step - warmUpSteps)
    }

    public func rates(at step: Int) -> LayerRates {
        step < warmUpSteps ? schedule.rates(at: 0).scaled(by: share(at: step)) : schedule.rates(at: step - warmUpSteps)
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        guard metrics.step > warmUpSteps || warmUpSteps == 0 else {
            let rate = rate(at: metrics.step)
            return RateDecision(before: rate, after: rate, reason: .warmingUp)
        }
        return coded.schedule.observe(metrics.since(warmUpSteps))
    }

    public var isAtMinimum: Bool { schedule.isAtMinimum }

    private func share(at step: Int) -> Double {
        startShare + (1 - startShare) * (Double(step) / Double(warmUpSteps))
    }

    private var problem: String? {
        if warmUpSteps < 0 { return "a warm-up has at least 0 steps, got \(warmUpSteps)" }
        return startShare >= 0 && startShare <= 1 ? nil : "a warm-up starts at a share in 0...1, got \(startShare)"
    }
}

extension RunningSchedule: Codable {
    private enum CodingKeys: CodingKey {
        case warmUpSteps, startShare, schedule
    }

    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        warmUpSteps = try container.decode(Int.self, forKey: .warmUpSteps)
        startShare = try container.decode(Double.self, forKey: .startShare)
        coded = try container.decode(CodedSchedule.self, forKey: .schedule)
        try decoder.check(problem)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(warmUpSteps, forKey: .warmUpSteps)
        try container.encode(startShare, forKey: .startShare)
        try container.encode(coded, forKey: .schedule)
    }
}
