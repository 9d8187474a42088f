import Foundation
import RandomNumbers

/// How two variations differ over pairs of runs that share everything else: seed, and so initial weights and order.
public struct PairedDifference: Sendable, Equatable {
    /// Pairs.
    public let count: Int
    /// The mean of the differences.
    public let mean: Double
    /// 95 % of the bootstrap's means lie in it (B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993,
    /// section 13.3: percentiles). Of few pairs it is too narrow: of five it covers the truth in about 83 % of cases.
    public let interval: ClosedRange<Double>
    /// The share of all ways to swap the two of each pair whose mean is at least as far from 0: the two-sided permutation
    /// test. Of n pairs it is at least 2 / 2^n.
    public let pValue: Double

    /// True where a difference as far from 0 comes by chance in fewer than 5 % of cases.
    public var isShown: Bool { pValue < Self.significance }

    /// The fewest pairs of which any difference can be shown.
    static let fewestPairs = (1...).first { leastPValue(ofPairs: $0) < significance }!

    static let significance = 0.05

    /// The p value of pairs that differ all to one side.
    static func leastPValue(ofPairs count: Int) -> Double { 2 / Double(1 << min(count, 62)) }

    private static let resamples = 10_000
    /// Up to this many pairs all ways to swap are counted; of more, `resamples` drawn ones.
    private static let mostCounted = 16

    /// - Parameter differences: at least one.
    public init(_ differences: [Double]) {
        precondition(!differences.isEmpty, "a paired difference of no pairs")
        count = differences.count
        mean = differences.reduce(0, +) / Double(count)
        interval = Self.bootstrap(differences)
        pValue = Self.permutationTest(differences)
    }

    private static func bootstrap(_ differences: [Double]) -> ClosedRange<Double> {
        let stream = RandomStream(seed: 0, purpose: .resampling, stream: 0)
        let count = differences.count
        var means = (0..<resamples).map { resample in
            var sum = 0.0
            for draw in 0..<count {
                let index = stream.integer(UInt64(resample * count + draw), below: UInt64(count))
                sum += differences[Int(index)]
            }
            return sum / Double(count)
        }
        means.sort()
        return means[quantile(0.025)]...means[quantile(0.975)]
    }

    private static func quantile(_ share: Double) -> Int {
        min(resamples - 1, max(0, Int((share * Double(resamples - 1)).rounded())))
    }

    private static func permutationTest(_ differences: [Double]) -> Double {
        let count = differences.count
        let observed = abs(differences.reduce(0, +))
        // Sums that are equal but for rounding are as far from 0.
        let threshold = observed - 1e-12 * differences.reduce(0) { $0 + abs($1) }
        func isAsFar(_ isSwapped: (Int) -> Bool) -> Bool {
            abs(differences.indices.reduce(0.0) { $0 + (isSwapped($1) ? -differences[$1] : differences[$1]) })
                >= threshold
        }
        if count <= mostCounted {
            let ways = 1 << count
            return Double((0..<ways).count { way in isAsFar { way >> $0 & 1 == 1 } }) / Double(ways)
        }
        let stream = RandomStream(seed: 0, purpose: .resampling, stream: 1)
        let asFar = (0..<resamples).count { resample in
            isAsFar { stream.word(UInt64(resample * count + $0)) & 1 == 1 }
        }
        // The observed way is one of them (B. Phipson, G. K. Smyth, 2010).
        return Double(asFar + 1) / Double(resamples + 1)
    }
}

/// Mean and standard deviation of a sample.
public struct SampleSummary: Sendable, Equatable {
    public let count: Int
    /// NaN of no values.
    public let mean: Double
    /// With n − 1 in the denominator; NaN of fewer than two values.
    public let standardDeviation: Double

    public init(_ values: [Double]) {
        count = values.count
        let mean = values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
        self.mean = mean
        standardDeviation =
            values.count < 2
            ? .nan : (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
    }

    /// NaN of no values; between the middle two of an even number.
    public static func median(of values: [Double]) -> Double {
        guard !values.isEmpty else { return .nan }
        let sorted = values.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// From the lowest to the highest value, without those far out: further beyond the quartiles than three times the distance
    /// between them (J. W. Tukey, "Exploratory Data Analysis", 1977, section 2D). Nil of no values.
    public static func rangeWithoutOutliers(of values: [Double]) -> ClosedRange<Double>? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        // With the middle value in both halves of an odd number, as Tukey's hinges have it.
        let half = (sorted.count + 1) / 2
        let (lower, upper) = (median(of: Array(sorted.prefix(half))), median(of: Array(sorted.suffix(half))))
        let reach = 3 * (upper - lower)
        let usual = sorted.filter { $0 >= lower - reach && $0 <= upper + reach }
        return usual.first!...usual.last!
    }
}
