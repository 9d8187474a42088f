import LearningRate
import NeuralNetwork

/// Sums over samples with real targets, of which a regression's scores are made: integers, so that the sum over batches and ranks
/// is exact and the same in any order.
struct TargetSums: Sendable, Equatable {
    /// Sums of |ŷ − y|, (ŷ − y)², y and y² of standardized targets y and outputs ŷ, in units of 2⁻⁴⁰.
    private var sums = [Int128](repeating: 0, count: 4)
    /// Samples whose error is 2²⁸ or more, or not a number; they add nothing to the sums. Squares of smaller ones over up to 2³¹
    /// samples have room.
    private var notFinite: Int64 = 0

    static let largestError = 0x1p28
    private static let unit = 0x1p-40

    /// Integers whose sums over ranks are those of the sum of their sums.
    static let termCount = 4 * 4 + 1

    /// Digits of 32 bits, the lowest first, of which the last one has the sign.
    var terms: [Int64] {
        var terms: [Int64] = []
        for sum in sums {
            for digit in 0..<3 { terms.append(Int64((sum >> Int128(32 * digit)) & 0xFFFF_FFFF)) }
            terms.append(Int64(sum >> 96))
        }
        return terms + [notFinite]
    }

    init() {}

    /// - Parameter terms: as many as ``termCount``.
    init(terms: some Collection<Int64>) {
        let terms = Array(terms)
        for index in sums.indices {
            for digit in 0..<4 { sums[index] += Int128(terms[4 * index + digit]) << Int128(32 * digit) }
        }
        notFinite = terms[4 * 4]
    }

    static func += (left: inout Self, right: Self) {
        for index in left.sums.indices { left.sums[index] += right.sums[index] }
        left.notFinite += right.notFinite
    }

    /// Counts an output of a batch: `plan` after its `loss` and before its `backward`.
    mutating func add(_ plan: ExecutionPlan, output: Int) {
        for place in stride(from: output, to: plan.batch * plan.classes, by: plan.classes) {
            add(output: plan.logits[place], target: plan.targets[place])
        }
    }

    mutating func add(output: Float, target: Float) {
        let (target, error) = (Double(target), Double(output) - Double(target))
        guard max(abs(error), abs(target)) < Self.largestError else {
            notFinite += 1
            return
        }
        sums[0] += Self.fixed(abs(error))
        sums[1] += Self.fixed(error * error)
        sums[2] += Self.fixed(target)
        sums[3] += Self.fixed(target * target)
    }

    private static func fixed(_ value: Double) -> Int128 { Int128((value / unit).rounded(.toNearestOrEven)) }

    /// The scores over `count` samples; not numbers where a sample's error is none.
    ///
    /// - Parameter deviation: of the training targets, in their own unit.
    func metrics(over count: Int64, deviation: Double) -> TargetMetrics {
        guard notFinite == 0, count > 0 else {
            return TargetMetrics(r2: .nan, meanAbsoluteError: .nan, rootMeanSquaredError: .nan)
        }
        let numbers = sums.map { Double($0) * Self.unit }
        let samples = Double(count)
        let variation = numbers[3] - numbers[2] * numbers[2] / samples
        return TargetMetrics(
            // Targets that all are the same: the difference is what rounding leaves.
            r2: variation > samples * 0x1p-36 ? 1 - numbers[1] / variation : .nan,
            meanAbsoluteError: deviation * (numbers[0] / samples),
            rootMeanSquaredError: deviation * (numbers[1] / samples).squareRoot())
    }
}

extension TargetSums: Codable {
    init(from decoder: any Decoder) throws {
        let terms = try decoder.singleValueContainer().decode([Int64].self)
        guard terms.count == Self.termCount, terms[Self.termCount - 1] >= 0 else { throw CountsMismatch() }
        self.init(terms: terms)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(terms)
    }
}
