/// Any schedule that a configuration can name: what a trainer holds and a checkpoint carries.
public enum ConfiguredSchedule: Schedule, Hashable {
    case constant(Constant)
    case mutualInformationDecay(MutualInformationDecay)

    public func rate(at step: Int) -> Double {
        switch self {
        case .constant(let schedule): schedule.rate(at: step)
        case .mutualInformationDecay(let schedule): schedule.rate(at: step)
        }
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        switch self {
        case .constant(var schedule):
            let decision = schedule.observe(metrics)
            self = .constant(schedule)
            return decision
        case .mutualInformationDecay(var schedule):
            let decision = schedule.observe(metrics)
            self = .mutualInformationDecay(schedule)
            return decision
        }
    }
}

extension ConfiguredSchedule {
    private enum Name: String, Codable {
        case constant
        case mutualInformationDecay = "mutual-information-decay"
    }

    private enum CodingKeys: CodingKey {
        case schedule, state
    }

    /// Throws `DecodingError` when the schedule's name is unknown or its state out of range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Name.self, forKey: .schedule) {
        case .constant:
            self = .constant(try container.decode(Constant.self, forKey: .state))
        case .mutualInformationDecay:
            self = .mutualInformationDecay(try container.decode(MutualInformationDecay.self, forKey: .state))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .constant(let schedule):
            try container.encode(Name.constant, forKey: .schedule)
            try container.encode(schedule, forKey: .state)
        case .mutualInformationDecay(let schedule):
            try container.encode(Name.mutualInformationDecay, forKey: .schedule)
            try container.encode(schedule, forKey: .state)
        }
    }
}
