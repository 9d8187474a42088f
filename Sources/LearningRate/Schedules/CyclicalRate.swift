import Foundation

/// Rises and falls between two bounds along straight lines, without end: minimum + (maximum − minimum) · w · s, where w goes
/// from 0 to 1 in `halfCycle` steps and back to 0 in as many, and s is the mode's scale.
///
/// Source: L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017, section 3. PyTorch's `CyclicLR`
/// with rise and fall of the same length.
public struct CyclicalRate: FixedSchedule, Hashable {
    /// What becomes of the height of the cycles, of which the i-th, i from 0, is under way at step t.
    public enum Mode: Sendable, Hashable {
        /// It stays: s = 1.
        case triangular
        /// It halves from cycle to cycle: s = 2⁻ⁱ.
        case triangular2
        /// It falls by a factor at every step: s = factorᵗ, factor in (0, 1].
        case exponentialRange(factor: Double)
    }

    public let bounds: RateBounds

    /// Steps from one bound to the other, at least 1.
    public let halfCycle: Int

    public let mode: Mode

    public init(bounds: RateBounds, halfCycle: Int, mode: Mode = .triangular) {
        self.bounds = bounds
        self.halfCycle = halfCycle
        self.mode = mode
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        let (half, stepOfHalf) = step.quotientAndRemainder(dividingBy: halfCycle)
        let share = Double(stepOfHalf) / Double(halfCycle)
        let height = half.isMultiple(of: 2) ? share : 1 - share
        let scale =
            switch mode {
            case .triangular: 1.0
            case .triangular2: exp2(-Double(half / 2))
            case .exponentialRange(let factor): pow(factor, Double(step))
            }
        return bounds.rate(at: height * scale)
    }

    private var problem: String? {
        Limits.steps(halfCycle) ?? mode.problem
    }
}

extension CyclicalRate.Mode {
    fileprivate var problem: String? {
        if case .exponentialRange(let factor) = self { Limits.factor(factor) } else { nil }
    }
}

extension CyclicalRate.Mode: Codable {
    private enum Name: String, Codable {
        case triangular, triangular2
        case exponentialRange = "exp-range"
    }

    private enum CodingKeys: CodingKey {
        case name, factor
    }

    /// Throws `DecodingError` when the name is unknown; a factor out of its range is the schedule's to refuse.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(Name.self, forKey: .name) {
        case .triangular: self = .triangular
        case .triangular2: self = .triangular2
        case .exponentialRange: self = .exponentialRange(factor: try container.decode(Double.self, forKey: .factor))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .triangular: try container.encode(Name.triangular, forKey: .name)
        case .triangular2: try container.encode(Name.triangular2, forKey: .name)
        case .exponentialRange(let factor):
            try container.encode(Name.exponentialRange, forKey: .name)
            try container.encode(factor, forKey: .factor)
        }
    }
}

extension CyclicalRate {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        bounds = try container.decode(RateBounds.self, forKey: .bounds)
        halfCycle = try container.decode(Int.self, forKey: .halfCycle)
        mode = try container.decode(Mode.self, forKey: .mode)
        try decoder.check(problem)
    }
}
