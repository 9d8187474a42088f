import Foundation

extension ContingencyTable {
    /// Entropies and mutual information of rows (labels) and columns (predictions), in nats.
    ///
    /// The result is a function of the integer counts alone: sums run in row order and the only transcendental functions
    /// are the C library's, so with the same library equal tables give equal bits on every rank. With the plug-in estimator
    /// sums have terms of one sign and deviations are taken from integers, so small values are precise too: the relative
    /// error stays near 1e-15 from independence to perfect prediction. With Miller–Madow and Chao–Shen, I(Y;Ŷ) = H(Y) +
    /// H(Ŷ) − H(Y,Ŷ) of the corrected entropies. Where a corrected I is under 0 it is taken as 0.
    ///
    /// The standard error is that of the plug-in estimate.
    public func information(_ estimator: EntropyEstimator = .plugIn) -> InformationMeasures {
        let counts = JointCounts(self)
        return counts.information(estimator, sampleCount: counts.samples)
    }

    /// The plug-in measures of a table whose entries are not counts but weights, in units of which a sample has more than one.
    ///
    /// - Parameter sampleCount: N of the standard error.
    public func information(ofWeightsOf sampleCount: Int64) -> InformationMeasures {
        JointCounts(self).information(.plugIn, sampleCount: sampleCount)
    }
}

extension ConfusionMatrix {
    /// Entropies and mutual information of labels and predictions, in nats; see ``ContingencyTable/information(_:)``.
    public func information(_ estimator: EntropyEstimator = .plugIn) -> InformationMeasures {
        table.information(estimator)
    }
}

/// A table's sums, and its cells in row order: all of a dense table, those that are not 0 of another.
struct JointCounts {
    let rows, columns: [Int64]
    let samples: Int64
    let hasAllCells: Bool
    private let cells: [UInt64]
    let counts: [Int64]

    init(_ table: ContingencyTable) {
        rows = table.rowSums
        columns = table.columnSums
        samples = rows.reduce(0, +)
        hasAllCells = table.isDense
        (cells, counts) = table.isDense ? ([], table.dense) : table.cells
    }

    @inline(__always)
    func forEach(_ body: (_ row: Int, _ column: Int, _ count: Int64) -> Void) {
        if hasAllCells {
            var cell = 0
            for row in rows.indices {
                for column in columns.indices {
                    body(row, column, counts[cell])
                    cell += 1
                }
            }
        } else {
            let width = UInt64(columns.count)
            for (cell, count) in zip(cells, counts) {
                let (row, column) = cell.quotientAndRemainder(dividingBy: width)
                body(Int(row), Int(column), count)
            }
        }
    }

    /// - Parameter sampleCount: N of the standard error.
    func information(_ estimator: EntropyEstimator, sampleCount: Int64) -> InformationMeasures {
        guard samples > 0 else {
            return InformationMeasures(
                labelEntropy: 0, predictionEntropy: 0, jointEntropy: 0, mutualInformation: 0, equivocation: 0,
                standardError: 0)
        }
        let plugIn = plugInInformation(sampleCount: sampleCount)
        switch estimator {
        case .plugIn:
            return plugIn
        case .millerMadow:
            let correction = { (counts: [Int64]) in
                EntropyEstimator.millerMadow(outcomes: counts.count { $0 > 0 }, samples: samples)
            }
            let (ofRows, ofColumns, ofCells) = (correction(rows), correction(columns), correction(counts))
            return plugIn.corrected(
                labelEntropy: plugIn.labelEntropy + ofRows, predictionEntropy: plugIn.predictionEntropy + ofColumns,
                jointEntropy: plugIn.jointEntropy + ofCells,
                mutualInformation: plugIn.mutualInformation + (ofRows + ofColumns - ofCells))
        case .chaoShen:
            let (ofRows, ofColumns, ofCells) = (chaoShen(rows), chaoShen(columns), chaoShen(counts))
            return plugIn.corrected(
                labelEntropy: ofRows, predictionEntropy: ofColumns, jointEntropy: ofCells,
                mutualInformation: ofRows + ofColumns - ofCells)
        case .shuffle:
            return plugIn.corrected(
                labelEntropy: plugIn.labelEntropy, predictionEntropy: plugIn.predictionEntropy,
                jointEntropy: plugIn.jointEntropy, mutualInformation: adjustedForChance(plugIn))
        }
    }

    /// m · (I − E) / (m − E).
    private func adjustedForChance(_ plugIn: InformationMeasures) -> Double {
        let most = min(plugIn.labelEntropy, plugIn.predictionEntropy)
        let chance = informationByChance()
        // Where chance gives all there is, only what is perfect is known.
        guard plugIn.mutualInformation < most, chance < most else { return plugIn.mutualInformation < most ? 0 : most }
        return most * ((plugIn.mutualInformation - chance) / (most - chance))
    }

    private func plugInInformation(sampleCount: Int64) -> InformationMeasures {
        let labelEntropy = entropy(of: rows)
        let predictionEntropy = entropy(of: columns)
        let bound = min(labelEntropy, predictionEntropy)
        var equivocation = min(labelEntropy, labelEntropyGivenPrediction())
        var information: Double
        // Take the smaller of the two as a sum of its own and the larger as the difference, which cancels nothing.
        if equivocation <= labelEntropy / 2 {
            information = min(bound, labelEntropy - equivocation)
        } else {
            information = min(bound, divergenceFromIndependence())
            equivocation = labelEntropy - information
        }
        return InformationMeasures(
            labelEntropy: labelEntropy, predictionEntropy: predictionEntropy, jointEntropy: entropy(of: counts),
            mutualInformation: information, equivocation: equivocation,
            standardError: standardError(of: information, sampleCount: sampleCount))
    }

    /// Σ (n/N) log(N/n).
    private func entropy(of counts: [Int64]) -> Double {
        let total = Double(samples)
        var sum = 0.0
        for count in counts where count > 0 {
            sum += Double(count) / total * log1p(Double(samples - count) / Double(count))
        }
        return sum
    }

    /// H(Y|Ŷ) = Σ (n/N) log(column sum / n).
    private func labelEntropyGivenPrediction() -> Double {
        let total = Double(samples)
        var sum = 0.0
        forEach { _, column, count in
            guard count > 0 else { return }
            sum += Double(count) / total * log1p(Double(columns[column] - count) / Double(count))
        }
        return sum
    }

    /// I(Y;Ŷ) as the divergence D(p‖q) = Σ q · φ(p/q − 1) with q = p_y · p_ŷ and φ(x) = (1 + x) log(1 + x) − x ≥ 0.
    ///
    /// It equals Σ p log(p/q), as Σ (p − q) = 0, but no term is negative and a cell that is as independence has it gives 0.
    /// A cell that was not seen gives q; where only those seen are known, the others together give 1 less their q.
    private func divergenceFromIndependence() -> Double {
        let total = Double(samples)
        var sum = 0.0
        var seen = 0.0
        forEach { row, column, count in
            guard rows[row] > 0 && columns[column] > 0 else { return }
            // p/q − 1 = (n·N − r·c) / (r·c), the numerator exact.
            let observed = Int128(count) * Int128(samples)
            let expected = Int128(rows[row]) * Int128(columns[column])
            let deviation = double(observed - expected) / double(expected)
            let frequency = Double(rows[row]) / total * (Double(columns[column]) / total)
            sum += frequency * divergenceTerm(deviation)
            seen += frequency
        }
        return hasAllCells ? sum : sum + max(0, 1 - seen)
    }

    /// The first-order standard error of the plug-in I(Y;Ŷ): the standard deviation of log(p/q) under p, over √N.
    private func standardError(of information: Double, sampleCount: Int64) -> Double {
        let total = Double(samples)
        var variance = 0.0
        forEach { row, column, count in
            guard count > 0 else { return }
            let observed = Int128(count) * Int128(samples)
            let expected = Int128(rows[row]) * Int128(columns[column])
            // log(p/q) from the side on which the argument of log1p is positive: it keeps all digits there.
            let ratio =
                observed >= expected
                ? log1p(double(observed - expected) / double(expected))
                : -log1p(double(expected - observed) / double(observed))
            variance += Double(count) / total * (ratio - information) * (ratio - information)
        }
        return (variance / Double(sampleCount)).squareRoot()
    }

    /// −Σ Cp log(Cp) / (1 − (1 − Cp)^N), C the coverage.
    private func chaoShen(_ counts: [Int64]) -> Double {
        let singles = counts.count { $0 == 1 }
        // Were all outcomes seen once, the coverage would be 0 and nothing known.
        let unseen = Double(Int64(singles) == samples ? max(singles - 1, 0) : singles) / Double(samples)
        let coverage = 1 - unseen
        var sum = 0.0
        for count in counts where count > 0 {
            let share = coverage * (Double(count) / Double(samples))
            // 1 − (1 − share)^N, with all digits where the share is small.
            let inclusion = share == 1 ? 1 : -expm1(Double(samples) * log1p(-share))
            sum -= share * log(share) / inclusion
        }
        return max(0, sum)
    }
}

extension InformationMeasures {
    /// With other estimates, I held within 0 and the entropies; the standard error stays.
    fileprivate func corrected(
        labelEntropy: Double, predictionEntropy: Double, jointEntropy: Double, mutualInformation: Double
    ) -> InformationMeasures {
        let information = max(0, min(mutualInformation, labelEntropy, predictionEntropy))
        return InformationMeasures(
            labelEntropy: labelEntropy, predictionEntropy: predictionEntropy, jointEntropy: jointEntropy,
            mutualInformation: information, equivocation: labelEntropy - information, standardError: standardError)
    }
}

/// φ(x) = (1 + x) log(1 + x) − x for x ≥ −1; never negative, 0 at x = 0 alone, 1 at x = −1.
private func divergenceTerm(_ x: Double) -> Double {
    if x == -1 { return 1 }
    guard abs(x) < 0.1 else { return (1 + x) * log1p(x) - x }
    // The two parts cancel near 0: use the series φ(x) = Σ_{k ≥ 2} (−x)^k / (k(k − 1)); fifteen terms give all bits.
    var sum = 0.0
    for k in stride(from: 16, through: 2, by: -1) { sum = sum * -x + 1 / Double(k * (k - 1)) }
    return sum * x * x
}

/// The value within one unit in the last place, monotone and odd, so that −n over n is exactly −1. `Double.init` would do,
/// but takes microseconds.
private func double(_ value: Int128) -> Double {
    let magnitude = value.magnitude
    let high = UInt64(truncatingIfNeeded: magnitude >> 64)
    let sum = Double(high) * 0x1p64 + Double(UInt64(truncatingIfNeeded: magnitude))
    return value < 0 ? -sum : sum
}
