import Settings

/// A rule for the learning rate that says its own settings and is chosen by its name. Times are in epochs, and the highest
/// rate may be left to a search; the run tells the rest when it begins.
///
/// A schedule that is a function of the step alone has a name, a table and `rate(at:)`; one that looks at metrics sets its
/// state in `begin` and changes it in `observe`.
public protocol Schedule: RateRule, Component {
    /// Lengths and bounds that the run has told; nil before it begins.
    var run: ScheduleRun? { get set }

    /// Called once, before the first step, alike on all ranks.
    mutating func begin(_ run: ScheduleRun)

    /// True where bounds that a search finds are asked for.
    var needsBounds: Bool { get }

    /// True where the rate may rise after a warm-up.
    var mayRise: Bool { get }

    /// True where the rate is held as long as mutual information grows, so that an average of the parameters takes the noise
    /// of the rate out.
    var holdsRate: Bool { get }

    /// The predictions that steer the rate; nil where none do.
    var source: PredictionSource? { get }

    /// How mutual information is to be measured; nil where it does not matter.
    var measurement: InformationSettings? { get }

    /// How layers are to be measured; nil where they are not.
    var layerSettings: LayerwiseSettings? { get }

    /// The name of the part whose rates depend on when the run ends; nil for none.
    var nameOfPartUntilEnd: String? { get }

    /// True where a warm-up is the schedule's own and none comes before it.
    var hasOwnWarmUp: Bool { get }
}

extension Schedule {
    public mutating func begin(_ run: ScheduleRun) { self.run = run }
    public var needsBounds: Bool { false }
    public var mayRise: Bool { false }
    public var holdsRate: Bool { false }
    public var source: PredictionSource? { nil }
    public var measurement: InformationSettings? { nil }
    public var layerSettings: LayerwiseSettings? { nil }
    public var nameOfPartUntilEnd: String? { nil }
    public var hasOwnWarmUp: Bool { false }

    /// The same with what the run tells.
    public func begun(_ run: ScheduleRun) -> Self {
        var schedule = self
        schedule.begin(run)
        return schedule
    }

    /// Lengths and bounds that the run has told.
    public var begun: ScheduleRun {
        guard let run else { preconditionFailure("the schedule \(Self.name) has not begun: call begin(_:) first") }
        return run
    }

    func isEqual(_ other: any Schedule) -> Bool { other as? Self == self }
}

/// A schedule from a highest rate, key `rate`.
public protocol RatedSchedule: Schedule {
    var rate: Rate { get set }
}

extension RatedSchedule {
    public var needsBounds: Bool { rate == .auto }
}

extension Schedule {
    /// The same with a rate in the place of those that are left to a search.
    package func replacingAuto(by rate: Double) -> any Schedule {
        if var rated = self as? any RatedSchedule {
            if rated.rate == .auto { rated.rate = .fixed(rate) }
            return rated
        }
        guard var joined = self as? Joined else { return self }
        for index in joined.parts.indices {
            joined.parts[index].schedule = joined.parts[index].schedule.replacingAuto(by: rate)
        }
        return joined
    }

    /// The first key that leaves rates to a search, and what is expected there else; nil for none.
    package var placeOfAuto: (key: String, expected: String)? {
        guard needsBounds else { return nil }
        if self is any RatedSchedule { return ("rate", "a number") }
        guard let joined = self as? Joined else { return ("bounds", "{min: …, max: …}") }
        for (index, part) in joined.parts.enumerated() {
            if let place = part.schedule.placeOfAuto { return ("parts[\(index)].\(place.key)", place.expected) }
        }
        return nil
    }
}

/// Lengths and bounds of a run, as a schedule is told them.
public struct ScheduleRun: Sendable, Hashable, Codable {
    public var stepsPerEpoch: Int
    /// Steps after which a schedule that falls to its lowest rate is there; at least 1.
    public var horizon: Int
    /// Bounds that a search found; nil where there was none.
    public var bounds: RateBounds?
    /// Layers with parameters.
    public var layerCount: Int
    /// Steps of a warm-up that is the schedule's own.
    public var warmUpSteps: Int

    public init(
        stepsPerEpoch: Int, horizon: Int, bounds: RateBounds? = nil, layerCount: Int = 1, warmUpSteps: Int = 0
    ) {
        self.stepsPerEpoch = stepsPerEpoch
        self.horizon = horizon
        self.bounds = bounds
        self.layerCount = layerCount
        self.warmUpSteps = warmUpSteps
        if let problem { preconditionFailure("\(problem.key): \(problem.problem)") }
    }

    /// A length that is none.
    var problem: Contradiction? {
        for (key, value) in [("stepsPerEpoch", stepsPerEpoch), ("horizon", horizon), ("layerCount", layerCount)]
        where value < 1 {
            return Contradiction(key, "expected at least 1, found \(value)")
        }
        return warmUpSteps < 0 ? Contradiction("warmUpSteps", "expected at least 0, found \(warmUpSteps)") : nil
    }

    /// A run whose time is counted in steps.
    public static func steps(_ horizon: Int = 1) -> Self { Self(stepsPerEpoch: 1, horizon: horizon) }

    /// At least 1.
    public func steps(_ epochs: Double) -> Int { max(1, Int((epochs * Double(stepsPerEpoch)).rounded())) }

    public func rate(_ rate: Rate) -> Double {
        switch rate {
        case .fixed(let rate): return rate
        case .auto:
            guard let bounds else { preconditionFailure("rate: auto needs bounds") }
            return bounds.maximum
        }
    }

    public func bounds(_ bounds: GivenBounds?) -> RateBounds {
        if let bounds { return bounds.rates }
        guard let found = self.bounds else { preconditionFailure("bounds: auto needs bounds") }
        return found
    }
}

/// The highest rate of a schedule.
public enum Rate: SettingValue, Hashable, ExpressibleByFloatLiteral {
    /// The upper bound that a search finds.
    case auto
    case fixed(Double)

    public init(floatLiteral value: Double) { self = .fixed(value) }

    public init?(_ node: ConfigurationNode) {
        if node.plainText == "auto" {
            self = .auto
        } else if let rate = Double(node) {
            self = .fixed(rate)
        } else {
            return nil
        }
    }

    public var written: WrittenValue {
        switch self {
        case .auto: .word("auto")
        case .fixed(let rate): rate.written
        }
    }

    public static var form: ValueForm {
        ValueForm(
            "a number",
            schema: [
                .init(
                    "anyOf",
                    .list([
                        .mapping([.init("const", .text("auto"))], isInline: true),
                        .mapping(
                            [.init("type", .text("number")), .init("exclusiveMinimum", .word("0"))], isInline: true),
                    ]))
            ])
    }
}

extension Limit<Rate> {
    /// Above 0 in single precision, or left to the search.
    static let rate = Limit<Rate>("above 0.0, or auto") { rate in
        if case .fixed(let rate) = rate { rate > 0 } else { true }
    }.refined("that stays one in single precision (0, and 1.18e-38 to 3.40e38)") { rate in
        if case .fixed(let rate) = rate { Limit<Double>.above(0).inSinglePrecision.contains(rate) } else { true }
    }
}

extension Rate: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let rate = try? container.decode(Double.self) {
            self = .fixed(rate)
        } else if try container.decode(String.self) == "auto" {
            self = .auto
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected a rate or auto")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .auto: try container.encode("auto")
        case .fixed(let rate): try container.encode(rate)
        }
    }
}
