import Foundation

/// Falls to the floor as a power of the time that is left: η(t) = floor + (rate − floor) · (1 − t / T)^power, T being
/// `length`; the floor from T on.
///
/// PyTorch's `PolynomialLR` where the floor is 0; a straight line where the power is 1.
public struct PolynomialDecay: FixedSchedule, Hashable {
    /// The first rate, above 0.
    public let rate: Double

    /// The last rate, at least 0 and at most the first.
    public let floor: Double

    /// Above 0.
    public let power: Double

    /// Steps of the fall, at least 1.
    public let length: Int

    public init(rate: Double, floor: Double = 0, power: Double = 1, length: Int) {
        self.rate = rate
        self.floor = floor
        self.power = power
        self.length = length
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        guard step < length else { return floor }
        return floor + (rate - floor) * pow(1 - Double(step) / Double(length), power)
    }

    private var problem: String? {
        if let problem = Limits.rate(rate) ?? Limits.floor(floor, under: rate) ?? Limits.steps(length) {
            return problem
        }
        return power > 0 && power.isFinite ? nil : "a power is above 0 and finite, got \(power)"
    }
}

extension PolynomialDecay {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        floor = try container.decode(Double.self, forKey: .floor)
        power = try container.decode(Double.self, forKey: .power)
        length = try container.decode(Int.self, forKey: .length)
        try decoder.check(problem)
    }
}
