import Foundation

/// Falls by a factor at regular distances: η(t) = rate · factor^⌊t / length⌋.
///
/// PyTorch's `StepLR`.
public struct StepDecay: FixedSchedule, Hashable {
    /// The first rate, above 0.
    public let rate: Double

    /// In (0, 1].
    public let factor: Double

    /// Steps from one fall to the next, at least 1.
    public let length: Int

    public init(rate: Double, factor: Double = 0.1, length: Int) {
        self.rate = rate
        self.factor = factor
        self.length = length
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        rate * pow(factor, Double(step / length))
    }

    private var problem: String? {
        Limits.rate(rate) ?? Limits.factor(factor) ?? Limits.steps(length)
    }
}

extension StepDecay {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        factor = try container.decode(Double.self, forKey: .factor)
        length = try container.decode(Int.self, forKey: .length)
        try decoder.check(problem)
    }
}
