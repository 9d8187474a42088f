/// Falls as one over the time: η(t) = rate / (1 + decay · t / length).
///
/// Its rates sum to infinity and their squares do not, as H. Robbins and S. Monro, "A Stochastic Approximation Method",
/// Annals of Mathematical Statistics 22(3), 1951, ask of the steps of an approximation that is to converge. TensorFlow's
/// `InverseTimeDecay`.
public struct InverseTimeDecay: FixedSchedule, Hashable {
    /// The first rate, above 0.
    public let rate: Double

    /// At least 0 and finite: at 1, the rate is half the first one after `length` steps, a third after twice as many.
    public let decay: Double

    /// Steps that `decay` is for, at least 1.
    public let length: Int

    public init(rate: Double, decay: Double, length: Int) {
        self.rate = rate
        self.decay = decay
        self.length = length
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        rate / (1 + decay * (Double(step) / Double(length)))
    }

    private var problem: String? {
        if let problem = Limits.rate(rate) ?? Limits.steps(length) { return problem }
        return decay >= 0 && decay.isFinite ? nil : "a decay is at least 0 and finite, got \(decay)"
    }
}

extension InverseTimeDecay {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        decay = try container.decode(Double.self, forKey: .decay)
        length = try container.decode(Int.self, forKey: .length)
        try decoder.check(problem)
    }
}
