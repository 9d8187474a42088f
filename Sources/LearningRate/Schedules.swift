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

extension CodingUserInfoKey {
    /// Schedules of a user's own that are decoded besides those of the registry: `[any Component.Type]`.
    public static let scheduleAdditions = CodingUserInfoKey(rawValue: "entrain.schedules")!
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
        let additions = decoder.userInfo[.scheduleAdditions] as? [any Component.Type] ?? []
        let name = try container.decode(String.self, forKey: .schedule)
        guard let type = Schedules.all.adding(those: additions).type(named: name) as? any Schedule.Type else {
            throw DecodingError.dataCorruptedError(
                forKey: .schedule, in: container, debugDescription: "no schedule is called \(name)")
        }
        schedule = try container.decode(type, forKey: .state)
        if let problem = schedule.problem ?? schedule.run?.problem {
            throw DecodingError.dataCorruptedError(
                forKey: .state, in: container, debugDescription: "\(problem.key): \(problem.problem)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type(of: schedule).name, forKey: .schedule)
        try container.encode(schedule, forKey: .state)
    }

    public static func == (one: Self, other: Self) -> Bool { one.schedule.isEqual(other.schedule) }
}
