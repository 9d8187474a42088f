/// Weights of the classes in the cross-entropy, the mean over the samples that they are made for being 1.
///
/// The loss of a batch is the sum of the weighted losses of its samples over the sum of their weights, as PyTorch's
/// `CrossEntropyLoss(weight=)` has it: the scale of the weights is of no effect.
public struct ClassWeights: Sendable, Equatable {
    /// [K], whole multiples of 2⁻²⁴, so that sums over samples are integers and the same in any order.
    public let values: [Float]

    /// - Parameters:
    ///   - weights: [K], above 0. One below 2⁻²⁴ of the mean over the samples counts as that.
    ///   - counts: [K]: samples of each class, at least one in all.
    public init(_ weights: [Double], counts: [Int64]) {
        precondition(weights.count == counts.count, "\(weights.count) weights for \(counts.count) classes")
        let sum = zip(weights, counts).reduce(0.0) { $0 + $1.0 * Double($1.1) }
        let mean = sum / Double(counts.reduce(0, +))
        values = weights.map { weight in
            let weight = Float(weight / mean)
            // Single precision has no finer numbers from 1 on.
            return weight >= 1 ? weight : max(1, (weight * 0x1p24).rounded()) * 0x1p-24
        }
    }

    /// The weights of classes in inverse proportion to their samples: N / (K' · N of the class), with the K' classes that have
    /// samples, as scikit-learn's `balanced` has them. A class without samples has the mean weight, 1.
    public init(balancing counts: [Int64]) {
        let present = Double(counts.count { $0 > 0 })
        let total = Double(counts.reduce(0, +))
        self.init(counts.map { $0 > 0 ? total / (present * Double($0)) : 1 }, counts: counts)
    }

    /// The weight of a class in units of 2⁻²⁴.
    public func units(ofClass label: Int32) -> Int64 { Int64(values[Int(label)] * 0x1p24) }

    /// The sum of the weights of so many samples of each class, [K], in units of 2⁻²⁴.
    public func units(ofCounts counts: [Int64]) -> Int64 {
        counts.indices.reduce(0) { $0 + counts[$1] * units(ofClass: Int32($1)) }
    }

    /// The mean over the classes.
    package var mean: Double { values.reduce(0) { $0 + Double($1) } / Double(values.count) }
}
