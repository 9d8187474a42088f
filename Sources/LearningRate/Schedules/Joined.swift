/// Schedules one after the other, each for some steps and each from its own step 0. The last one goes on beyond its length.
///
/// A cycle is shown to the part that holds the step after it, unless that is the part's first. Of the cycle in which a part
/// began it sees what came before too.
public struct Joined: Schedule, Hashable {
    public struct Part: Sendable, Hashable, Codable {
        public fileprivate(set) var schedule: ConfiguredSchedule

        /// At least 1.
        public let steps: Int

        public init(_ schedule: ConfiguredSchedule, steps: Int) {
            self.schedule = schedule
            self.steps = steps
        }
    }

    /// At least one.
    public private(set) var parts: [Part]

    public init(_ parts: [Part]) {
        self.parts = parts
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        let (index, start) = part(at: step)
        return parts[index].schedule.rate(at: step - start)
    }

    public func rates(at step: Int) -> LayerRates {
        let (index, start) = part(at: step)
        return parts[index].schedule.rates(at: step - start)
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let (index, start) = part(at: metrics.step)
        guard metrics.step > start else {
            let rate = rate(at: metrics.step)
            return RateDecision(before: rate, after: rate, reason: .beginning(part: index))
        }
        return parts[index].schedule.observe(metrics.since(start))
    }

    /// The part that holds a step, and the step at which it begins.
    private func part(at step: Int) -> (index: Int, start: Int) {
        var (index, start) = (0, 0)
        while index < parts.count - 1, step - start >= parts[index].steps {
            start += parts[index].steps
            index += 1
        }
        return (index, start)
    }

    private var problem: String? {
        if parts.isEmpty { return "a joined schedule has at least one part, got none" }
        return parts.lazy.compactMap { Limits.steps($0.steps) }.first
    }
}

extension Joined {
    /// Throws `DecodingError.dataCorrupted` when there is no part or one is not at least a step long.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        parts = try container.decode([Part].self, forKey: .parts)
        try decoder.check(problem)
    }
}
