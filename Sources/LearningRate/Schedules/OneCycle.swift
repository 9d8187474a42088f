/// One rise and one fall, each along half a cosine: from rate / startDivisor at step 0 up to the rate at step
/// rise · T − 1, and down to rate / startDivisor / endDivisor at step T − 1, T being `length`; the last rate after it.
///
/// Source: L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
/// 2018. PyTorch's `OneCycleLR` in two phases; the momentum, which the paper lowers while the rate is high, stays as it is.
public struct OneCycle: FixedSchedule, Hashable {
    /// The highest rate, above 0.
    public let rate: Double

    /// The share of the steps, in 0...1, in which the rate rises.
    public let rise: Double

    /// The highest rate over the first, at least 1.
    public let startDivisor: Double

    /// The first rate over the last, at least 1.
    public let endDivisor: Double

    /// T: steps of rise and fall, at least 1.
    public let length: Int

    public init(rate: Double, rise: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4, length: Int) {
        self.rate = rate
        self.rise = rise
        self.startDivisor = startDivisor
        self.endDivisor = endDivisor
        self.length = length
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        let start = rate / startDivisor
        // The rise may end between two steps, or before the first.
        let peak = rise * Double(length) - 1
        let last = Double(length - 1)
        let time = min(Double(step), last)
        if time <= peak {
            return peak > 0 ? CosineDecay.rate(from: start, to: rate, at: time / peak) : rate
        }
        return CosineDecay.rate(from: rate, to: start / endDivisor, at: (time - peak) / (last - peak))
    }

    private var problem: String? {
        if let problem = Limits.rate(rate) ?? Limits.steps(length) { return problem }
        if !(rise >= 0 && rise <= 1) { return "the share of the rise is in 0...1, got \(rise)" }
        for divisor in [startDivisor, endDivisor] where !(divisor >= 1 && divisor.isFinite) {
            return "a divisor of the rate is at least 1 and finite, got \(divisor)"
        }
        return nil
    }
}

extension OneCycle {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        rise = try container.decode(Double.self, forKey: .rise)
        startDivisor = try container.decode(Double.self, forKey: .startDivisor)
        endDivisor = try container.decode(Double.self, forKey: .endDivisor)
        length = try container.decode(Int.self, forKey: .length)
        try decoder.check(problem)
    }
}
