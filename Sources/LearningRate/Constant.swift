/// The same rate at every step.
public struct Constant: Schedule, Hashable {
    /// Above 0 and finite.
    public let rate: Double

    public init(rate: Double) {
        precondition(rate > 0 && rate.isFinite, "a constant rate is above 0 and finite, got \(rate)")
        self.rate = rate
    }

    public func rate(at step: Int) -> Double { rate }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        RateDecision(before: rate, after: rate, reason: .fixed)
    }
}

extension Constant {
    private enum CodingKeys: CodingKey {
        case rate
    }

    /// Throws `DecodingError.dataCorrupted` unless the rate is above 0 and finite.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let rate = try container.decode(Double.self, forKey: .rate)
        guard rate > 0 && rate.isFinite else {
            throw DecodingError.dataCorruptedError(
                forKey: .rate, in: container, debugDescription: "a constant rate is above 0 and finite, got \(rate)")
        }
        self.init(rate: rate)
    }
}
