/// The same rate at every step.
public struct Constant: FixedSchedule, Hashable {
    /// Above 0 and finite.
    public let rate: Double

    public init(rate: Double) {
        if let problem = Limits.rate(rate) { preconditionFailure(problem) }
        self.rate = rate
    }

    public func rate(at step: Int) -> Double { rate }
}

extension Constant {
    /// Throws `DecodingError.dataCorrupted` unless the rate is above 0 and finite.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        try decoder.check(Limits.rate(rate))
    }
}
