import Foundation

extension ConfusionMatrix {
    /// Entropies and mutual information of labels and predictions, in nats.
    ///
    /// The result is a function of the integer counts alone: sums run in row order and the only transcendental function
    /// is the C library's `log1p`, so with the same library equal tables give equal bits on every rank. Sums have terms
    /// of one sign and deviations are taken from integers, so small values are precise too: the relative error stays near
    /// 1e-15 from independence to perfect prediction. With Miller–Madow, I(Y;Ŷ) = H(Y) + H(Ŷ) − H(Y,Ŷ) of the corrected
    /// entropies, which is under 0 where little information meets few samples to a cell; it is then taken as 0.
    public func information(_ estimator: EntropyEstimator = .plugIn) -> InformationMeasures {
        let rows = rowSums
        let columns = columnSums
        let samples = rows.reduce(0, +)
        guard samples > 0 else {
            return InformationMeasures(
                labelEntropy: 0, predictionEntropy: 0, jointEntropy: 0, mutualInformation: 0, equivocation: 0,
                standardError: 0)
        }
        let plugIn = plugInInformation(rows: rows, columns: columns, samples: samples)
        let correction = { (counts: [Int64]) in
            estimator.correction(outcomes: counts.count { $0 > 0 }, samples: samples)
        }
        switch estimator {
        case .plugIn:
            return plugIn
        case .millerMadow:
            let (ofRows, ofColumns, ofCells) = (correction(rows), correction(columns), correction(counts))
            let labelEntropy = plugIn.labelEntropy + ofRows
            let predictionEntropy = plugIn.predictionEntropy + ofColumns
            let shift = ofRows + ofColumns - ofCells
            let information = max(0, min(plugIn.mutualInformation + shift, labelEntropy, predictionEntropy))
            return InformationMeasures(
                labelEntropy: labelEntropy, predictionEntropy: predictionEntropy,
                jointEntropy: plugIn.jointEntropy + ofCells, mutualInformation: information,
                equivocation: labelEntropy - information, standardError: plugIn.standardError)
        }
    }

    private func plugInInformation(rows: [Int64], columns: [Int64], samples: Int64) -> InformationMeasures {
        let labelEntropy = entropy(of: rows, samples: samples)
        let predictionEntropy = entropy(of: columns, samples: samples)
        let bound = min(labelEntropy, predictionEntropy)
        var equivocation = min(labelEntropy, labelEntropyGivenPrediction(columns: columns, samples: samples))
        var information: Double
        // Take the smaller of the two as a sum of its own and the larger as the difference, which cancels nothing.
        if equivocation <= labelEntropy / 2 {
            information = min(bound, labelEntropy - equivocation)
        } else {
            information = min(bound, divergenceFromIndependence(rows: rows, columns: columns, samples: samples))
            equivocation = labelEntropy - information
        }
        return InformationMeasures(
            labelEntropy: labelEntropy, predictionEntropy: predictionEntropy,
            jointEntropy: entropy(of: counts, samples: samples), mutualInformation: information,
            equivocation: equivocation,
            standardError: standardError(of: information, rows: rows, columns: columns, samples: samples))
    }

    /// Σ (n/N) log(N/n).
    private func entropy(of counts: [Int64], samples: Int64) -> Double {
        let total = Double(samples)
        var sum = 0.0
        for count in counts where count > 0 {
            sum += Double(count) / total * log1p(Double(samples - count) / Double(count))
        }
        return sum
    }

    /// H(Y|Ŷ) = Σ (n/N) log(column sum / n).
    private func labelEntropyGivenPrediction(columns: [Int64], samples: Int64) -> Double {
        let total = Double(samples)
        var sum = 0.0
        for label in 0..<classCount {
            for prediction in 0..<classCount {
                let count = storage[label * classCount + prediction]
                guard count > 0 else { continue }
                sum += Double(count) / total * log1p(Double(columns[prediction] - count) / Double(count))
            }
        }
        return sum
    }

    /// I(Y;Ŷ) as the divergence D(p‖q) = Σ q · φ(p/q − 1) with q = p_y · p_ŷ and φ(x) = (1 + x) log(1 + x) − x ≥ 0.
    ///
    /// It equals Σ p log(p/q), as Σ (p − q) = 0, but no term is negative and a cell that is as independence has it gives 0.
    private func divergenceFromIndependence(rows: [Int64], columns: [Int64], samples: Int64) -> Double {
        let total = Double(samples)
        var sum = 0.0
        for label in 0..<classCount {
            for prediction in 0..<classCount where rows[label] > 0 && columns[prediction] > 0 {
                // p/q − 1 = (n·N − r·c) / (r·c), the numerator exact.
                let observed = Int128(storage[label * classCount + prediction]) * Int128(samples)
                let expected = Int128(rows[label]) * Int128(columns[prediction])
                let deviation = double(observed - expected) / double(expected)
                let frequency = Double(rows[label]) / total * (Double(columns[prediction]) / total)
                sum += frequency * divergenceTerm(deviation)
            }
        }
        return sum
    }

    /// The first-order standard error of the plug-in I(Y;Ŷ): the standard deviation of log(p/q) under p, over √N.
    private func standardError(of information: Double, rows: [Int64], columns: [Int64], samples: Int64) -> Double {
        let total = Double(samples)
        var variance = 0.0
        for label in 0..<classCount {
            for prediction in 0..<classCount {
                let count = storage[label * classCount + prediction]
                guard count > 0 else { continue }
                let observed = Int128(count) * Int128(samples)
                let expected = Int128(rows[label]) * Int128(columns[prediction])
                // log(p/q) from the side on which the argument of log1p is positive: it keeps all digits there.
                let ratio =
                    observed >= expected
                    ? log1p(double(observed - expected) / double(expected))
                    : -log1p(double(expected - observed) / double(observed))
                variance += Double(count) / total * (ratio - information) * (ratio - information)
            }
        }
        return (variance / total).squareRoot()
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
