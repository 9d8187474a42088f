/// The rates a schedule moves between.
public struct RateBounds: Sendable, Hashable {
    /// The lowest rate, at least 0.
    public let minimum: Double

    /// The highest rate, above 0 and not under `minimum`.
    public let maximum: Double

    /// Bounds with 0 ≤ minimum ≤ maximum, 0 < maximum, both finite.
    public init(minimum: Double, maximum: Double) {
        if let problem = Self.problem(minimum: minimum, maximum: maximum) { preconditionFailure(problem) }
        self.minimum = minimum
        self.maximum = maximum
    }

    /// The rate a share of the way from `minimum` (0) to `maximum` (1).
    func rate(at share: Double) -> Double {
        clamp(minimum + (maximum - minimum) * share)
    }

    func clamp(_ rate: Double) -> Double {
        min(maximum, max(minimum, rate))
    }

    private static func problem(minimum: Double, maximum: Double) -> String? {
        if minimum >= 0 && minimum <= maximum && maximum > 0 && maximum.isFinite { return nil }
        return "rates need 0 ≤ minimum ≤ maximum and 0 < maximum < ∞, got minimum \(minimum) and maximum \(maximum)"
    }
}

extension RateBounds: Codable {
    private enum CodingKeys: CodingKey {
        case minimum, maximum
    }

    /// Throws `DecodingError.dataCorrupted` unless 0 ≤ minimum ≤ maximum and 0 < maximum.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let minimum = try container.decode(Double.self, forKey: .minimum)
        let maximum = try container.decode(Double.self, forKey: .maximum)
        if let problem = Self.problem(minimum: minimum, maximum: maximum) {
            throw DecodingError.dataCorruptedError(forKey: .maximum, in: container, debugDescription: problem)
        }
        self.init(minimum: minimum, maximum: maximum)
    }
}
