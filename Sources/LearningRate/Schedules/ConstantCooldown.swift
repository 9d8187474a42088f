/// Holds the rate, then falls to the floor at the end: η(t) = floor + (rate − floor) (1 − √u), u being the share of the fall
/// that is done; the floor from `length` on.
///
/// Source: A. Hägele et al., "Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations", NeurIPS 2024.
public struct ConstantCooldown: FixedSchedule, Hashable {
    /// The first rate, above 0.
    public let rate: Double

    /// The last rate, at least 0 and at most the first.
    public let floor: Double

    /// The share of the length that the fall takes, in (0, 1].
    public let share: Double

    /// Steps until the floor is reached, at least 1.
    public let length: Int

    public init(rate: Double, floor: Double = 0, share: Double = 0.2, length: Int) {
        self.rate = rate
        self.floor = floor
        self.share = share
        self.length = length
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        guard step < length else { return floor }
        let fall = share * Double(length)
        let done = Double(step) - (Double(length) - fall)
        return done > 0 ? floor + (rate - floor) * (1 - (done / fall).squareRoot()) : rate
    }

    private var problem: String? {
        Limits.rate(rate) ?? Limits.floor(floor, under: rate) ?? Limits.steps(length)
            ?? (share > 0 && share <= 1 ? nil : "the share of the fall needs 0 < share ≤ 1, got \(share)")
    }
}

extension ConstantCooldown {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        floor = try container.decode(Double.self, forKey: .floor)
        share = try container.decode(Double.self, forKey: .share)
        length = try container.decode(Int.self, forKey: .length)
        try decoder.check(problem)
    }
}
