import Foundation

/// Falls to the floor along half a cosine: η(t) = floor + ½ (rate − floor) (1 + cos(π t / T)), T being `length`; the
/// floor from T on.
///
/// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5
/// without restarts. PyTorch's `CosineAnnealingLR` up to T; after it that one rises again.
public struct CosineDecay: FixedSchedule, Hashable {
    /// The first rate, above 0.
    public let rate: Double

    /// The last rate, at least 0 and at most the first.
    public let floor: Double

    /// Steps of the fall, at least 1.
    public let length: Int

    public init(rate: Double, floor: Double = 0, length: Int) {
        self.rate = rate
        self.floor = floor
        self.length = length
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        guard step < length else { return floor }
        return Self.rate(from: rate, to: floor, at: Double(step) / Double(length))
    }

    /// The rate when `share` of the way, in 0...1, is done: end + ½ (start − end) (1 + cos(π share)).
    static func rate(from start: Double, to end: Double, at share: Double) -> Double {
        end + (start - end) / 2 * (1 + cos(.pi * share))
    }

    private var problem: String? {
        Limits.rate(rate) ?? Limits.floor(floor, under: rate) ?? Limits.steps(length)
    }
}

extension CosineDecay {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        floor = try container.decode(Double.self, forKey: .floor)
        length = try container.decode(Int.self, forKey: .length)
        try decoder.check(problem)
    }
}
