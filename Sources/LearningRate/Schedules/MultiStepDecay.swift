import Foundation

/// Falls by a factor at each of the steps given: η(t) = rate · factor^(number of falls at or before t).
///
/// PyTorch's `MultiStepLR`.
public struct MultiStepDecay: FixedSchedule, Hashable {
    /// The first rate, above 0.
    public let rate: Double

    /// In (0, 1].
    public let factor: Double

    /// The first step of each new rate: at least 1, none before the one that precedes it. A step given twice falls twice.
    public let falls: [Int]

    public init(rate: Double, factor: Double = 0.1, falls: [Int]) {
        self.rate = rate
        self.factor = factor
        self.falls = falls
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        rate * pow(factor, Double(falls.count { $0 <= step }))
    }

    private var problem: String? {
        if let problem = Limits.rate(rate) ?? Limits.factor(factor) { return problem }
        let areInOrder = falls.allSatisfy { $0 >= 1 } && zip(falls, falls.dropFirst()).allSatisfy { $0 <= $1 }
        return areInOrder ? nil : "the rate falls at steps from 1 on, in order, got \(falls)"
    }
}

extension MultiStepDecay {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        factor = try container.decode(Double.self, forKey: .factor)
        falls = try container.decode([Int].self, forKey: .falls)
        try decoder.check(problem)
    }
}
