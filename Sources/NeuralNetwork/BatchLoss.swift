/// The loss of some samples as integers, so that the sum over batches and ranks is exact and the same in any order.
public struct BatchLoss: Sendable, Equatable {
    /// Sum over the samples whose loss is finite, in units of 2⁻²⁴ nats: 2⁻²⁵ nats is what a loss is rounded by, less than
    /// the logits of single precision leave uncertain. Digits of 32 bits, the lowest first; the sum of each over up to 2³¹
    /// ranks has room, and all of them for 2¹⁹⁹ nats, 2⁶⁹ of the largest losses that there are.
    public private(set) var digits: SIMD8<Int64>
    /// Samples whose loss is infinite or not a number: a network that diverged.
    public var nonFiniteCount: Int64

    /// - Parameter fixedPointSum: in units of 2⁻²⁴ nats.
    public init(fixedPointSum: Int64 = 0, nonFiniteCount: Int64 = 0) {
        self.init(digits: [fixedPointSum, 0, 0, 0, 0, 0, 0, 0], nonFiniteCount: nonFiniteCount)
    }

    /// - Parameter digits: any numbers with the weights 1, 2³², 2⁶⁴ and so on, such as sums of digits.
    public init(digits: SIMD8<Int64>, nonFiniteCount: Int64) {
        self.digits = digits
        self.nonFiniteCount = nonFiniteCount
        carry()
    }

    public static func += (left: inout BatchLoss, right: BatchLoss) {
        left = BatchLoss(
            digits: left.digits &+ right.digits, nonFiniteCount: left.nonFiniteCount + right.nonFiniteCount)
    }

    /// Takes back what was added before.
    public static func -= (left: inout BatchLoss, right: BatchLoss) {
        left = BatchLoss(
            digits: left.digits &- right.digits, nonFiniteCount: left.nonFiniteCount - right.nonFiniteCount)
    }

    /// The sum in units of 2⁻²⁴ nats; nil from 2³⁹ nats on.
    public var fixedPointSum: Int64? {
        for index in 2..<8 where digits[index] != 0 { return nil }
        return digits[1] < 1 << 31 ? digits[1] << 32 | digits[0] : nil
    }

    /// Mean loss in nats over `count` samples; NaN where a sample's loss is not finite or `count` is 0.
    public func mean(over count: Int) -> Double { mean(over: Double(count)) }

    /// The sum over the sum of the samples' weights; NaN where a sample's loss is not finite or `weight` is 0.
    public func mean(over weight: Double) -> Double {
        guard nonFiniteCount == 0, weight > 0 else { return .nan }
        guard let fixedPointSum else {
            var sum = 0.0
            for index in (0..<8).reversed() { sum = sum * 0x1p32 + Double(digits[index]) }
            return sum * 0x1p-24 / weight
        }
        return Double(fixedPointSum) * 0x1p-24 / weight
    }

    /// Brings all digits but the last into 0 ..< 2³².
    private mutating func carry() {
        for index in 0..<7 {
            digits[index + 1] &+= digits[index] >> 32
            digits[index] &= 0xFFFF_FFFF
        }
    }
}
