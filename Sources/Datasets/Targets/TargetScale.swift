import Foundation

/// The scale of the real numbers that a regression predicts, fixed by the training samples: how they are presented to the network,
/// and the bins that they are counted in like classes.
///
/// A target y is presented as z = Float((y − mean) / standardDeviation). Bin b holds z with edges[b − 1] ≤ z < edges[b]: edges and
/// targets are compared in single precision, so that a prediction that is exact to the bit falls into the bin of its target.
public struct TargetScale: Sendable, Equatable, Codable {
    /// Name of the target's column; nil without a header, and for what is no table.
    public var name: String?
    /// Mean and standard deviation (of the population) of the training targets.
    public let mean, standardDeviation: Double
    /// Lowest and highest training target.
    public let lowest, highest: Double
    /// Rising, of standardized targets; one fewer than there are bins.
    public let edges: [Float]
    /// True for a label, 0 or 1, whose output is a logit; nil for a real number.
    public private(set) var isLabel: Bool?

    /// The scale of a label: 0 and 1 as they stand, a bin each.
    static func label(_ name: String?) -> Self {
        Self(name: name, mean: 0, standardDeviation: 1, lowest: 0, highest: 1, edges: [0.5], isLabel: true)
    }

    public var binCount: Int { edges.count + 1 }

    /// The target as it is presented.
    public func standardized(_ target: Double) -> Float { Float((target - mean) / standardDeviation) }

    /// The number, in the target's unit, that a network means by an output.
    public func value(of output: Float) -> Double { mean + standardDeviation * Double(output) }

    /// The bin of a standardized target or of an output, 0 ..< ``binCount``: of what is not a number the first.
    public func bin(of standardized: Float) -> Int32 {
        var (low, high) = (0, edges.count)
        while low < high {
            let middle = (low + high) / 2
            if standardized >= edges[middle] { low = middle + 1 } else { high = middle }
        }
        return Int32(low)
    }

    /// The bins by their limits in the target's unit, to four digits: "< 12.5", "12.5 to 14", "≥ 14".
    public var binNames: [String] {
        func text(_ edge: Float) -> String { String(format: "%.4g", value(of: edge)) }
        guard let first = edges.first, let last = edges.last else { return ["all"] }
        return ["< \(text(first))"] + zip(edges, edges.dropFirst()).map { "\(text($0)) to \(text($1))" }
            + ["≥ \(text(last))"]
    }

    /// True where the numbers can be those of a scale: what a file says may be damaged.
    var isConsistent: Bool {
        mean.isFinite && standardDeviation > 0 && standardDeviation.isFinite && edges.allSatisfy(\.isFinite)
            && edges.count < 1 << 20 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 }
    }
}

extension TargetScale {
    /// The most bins where none are asked for.
    public static let mostBins = 32

    /// The number of bins for so many samples where none is asked for: at most 32, and half the square root of the samples. Of
    /// predictions that say nothing K bins then show (K − 1)² / 2N nats by chance, an eighth at most.
    static func usualBins(ofSamples count: Int) -> Int {
        min(mostBins, max(2, Int(Double(count).squareRoot() / 2)))
    }

    /// Measures the scale of some training targets, finite ones.
    ///
    /// - Parameters:
    ///   - bins: the most bins; nil for as many as the samples are enough for.
    ///   - subject: the file.
    /// - Throws: where all targets are the same number, or so nearly that single precision does not tell them apart.
    init(of targets: [Double], name: String?, bins: Int?, subject: String) throws(DatasetError) {
        let (first, count) = (targets[0], Double(targets.count))
        // Differences from one of them keep the digits of targets that lie together far from 0.
        let mean = first + targets.reduce(0) { $0 + ($1 - first) } / count
        let deviation = (targets.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        let (lowest, highest) = (targets.min()!, targets.max()!)
        let subjectOfTarget = name.map { "the column \(NameList([$0]))" } ?? "the target"
        guard mean.isFinite, deviation.isFinite else {
            throw DatasetError(
                .invalidNumber, subject, expected: "targets whose squares are finite numbers",
                found: "\(lowest) to \(highest) in \(subjectOfTarget)", remedy: "scale the target")
        }
        var scale = TargetScale(
            name: name, mean: mean, standardDeviation: deviation, lowest: lowest, highest: highest, edges: [])
        let values = lowest < highest && deviation > 0 ? targets.map(scale.standardized).sorted() : []
        guard let low = values.first, low < values.last! else {
            throw DatasetError(
                .invalidNumber, subject, expected: "targets that differ from sample to sample (task: regression)",
                found: "\(lowest) in \(subjectOfTarget) for all \(targets.count) training samples",
                remedy: "there is nothing to learn; check which column or file has the target")
        }
        scale = TargetScale(
            name: name, mean: mean, standardDeviation: deviation, lowest: lowest, highest: highest,
            edges: Self.edges(of: values, bins: bins ?? Self.usualBins(ofSamples: targets.count)))
        self = scale
    }

    /// Edges of at most `bins` bins with as nearly the same number of values as equal ones, which are never parted, allow.
    ///
    /// - Parameter sorted: rising.
    static func edges(of sorted: [Float], bins: Int) -> [Float] {
        /// Places of the first value of each run of equal ones but the first run.
        let starts = sorted.indices.dropFirst().filter { sorted[$0 - 1] < sorted[$0] }
        var cuts: [Int] = []
        if starts.count < bins {
            cuts = starts
        } else {
            var next = starts.startIndex
            for left in stride(from: bins, to: 1, by: -1) {
                // An equal share of what is left, so that a run of equal values costs one bin.
                let begin = cuts.last ?? 0
                let wanted = begin + (sorted.count - begin) / left
                while next < starts.count, starts[next] <= begin { next += 1 }
                while next + 1 < starts.count, abs(starts[next + 1] - wanted) < abs(starts[next] - wanted) { next += 1 }
                guard next < starts.count else { break }
                cuts.append(starts[next])
            }
        }
        return cuts.map { cut in
            let (below, above) = (sorted[cut - 1], sorted[cut])
            let middle = below / 2 + above / 2
            return middle > below && middle <= above ? middle : above
        }
    }
}

extension TargetScale: CustomStringConvertible {
    /// One line: "price: 15 to 500, mean 207, standard deviation 115".
    public var description: String {
        func text(_ number: Double) -> String { String(format: "%.6g", number) }
        return
            "\(name.map { "\(NameList([$0])): " } ?? "")\(text(lowest)) to \(text(highest)), mean \(text(mean)), standard "
            + "deviation \(text(standardDeviation))"
    }
}
