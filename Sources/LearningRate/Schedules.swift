import Settings

/// The schedules that a configuration chooses from.
public enum Schedules {
    public static let all = Registry<any Schedule>([
        MutualInformation.self,
        Constant.self,
        StepDecay.self,
        MultiStepDecay.self,
        ExponentialDecay.self,
        InverseTimeDecay.self,
        InverseSquareRootDecay.self,
        PolynomialDecay.self,
        CosineDecay.self,
        ConstantCooldown.self,
        CosineWarmRestarts.self,
        OneCycle.self,
        CyclicalRate.self,
        Plateau.self,
        Joined.self,
    ])
}

/// A schedule with its name, by which it is found again.
public struct CodedSchedule: Codable, Equatable, Sendable {
    public var schedule: any Schedule

    public init(_ schedule: any Schedule) { self.schedule = schedule }

    private enum CodingKeys: CodingKey {
        case schedule, state
    }

    /// Throws `DecodingError` when the schedule's name is unknown or its state out of range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let name = try container.decode(String.self, forKey: .schedule)
        guard let type = Schedules.all.type(named: name, in: decoder) as? any Schedule.Type else {
            throw DecodingError.dataCorruptedError(
                forKey: .schedule, in: container, debugDescription: "no schedule is called \(name)")
        }
        schedule = try container.decode(type, forKey: .state)
        let problem = schedule.problem ?? schedule.run?.problem
        try decoder.check(problem.map { "\($0.key): \($0.problem)" })
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type(of: schedule).name, forKey: .schedule)
        try container.encode(schedule, forKey: .state)
    }

    public static func == (one: Self, other: Self) -> Bool { one.schedule.isEqual(other.schedule) }
}
