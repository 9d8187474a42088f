extension ConfusionMatrix {
    /// N, the number of samples counted.
    public var total: Int64 { table.total }

    /// The number of samples of each true label, [K].
    public var rowSums: [Int64] { table.rowSums }

    /// The number of times each class was predicted, [K].
    public var columnSums: [Int64] { table.columnSums }

    /// The number of samples whose prediction is their label.
    public var correct: Int64 {
        (0..<classCount).reduce(0) { $0 + table[$1, $1] }
    }

    /// The share of samples predicted correctly, in 0...1; 0 for an empty table.
    public var accuracy: Double {
        let samples = total
        return samples == 0 ? 0 : Double(correct) / Double(samples)
    }

    /// The scores of every class, [K], in time proportional to the cells.
    public var classScores: [ClassScores] {
        let (rows, columns) = (rowSums, columnSums)
        return (0..<classCount).map {
            ClassScores(samples: rows[$0], predictions: columns[$0], correct: table[$0, $0])
        }
    }
}

/// How well the samples of one class are told from those of others.
public struct ClassScores: Sendable, Hashable {
    /// Samples of the class.
    public let samples: Int64
    /// Samples that were predicted as of the class.
    public let predictions: Int64
    /// Samples of the class that were predicted as such.
    public let correct: Int64

    /// Share of the samples predicted as the class that are of it.
    ///
    /// A class that was never predicted gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn.
    public func precision(zeroDivision: Double = 0) -> Double {
        share(of: correct, in: predictions, zeroDivision)
    }

    /// Share of the samples of the class that are predicted as such.
    ///
    /// A class without samples gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn.
    public func recall(zeroDivision: Double = 0) -> Double {
        share(of: correct, in: samples, zeroDivision)
    }

    /// The harmonic mean of precision and recall: 2 · correct / (samples + predictions).
    ///
    /// A class neither present nor predicted gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn; one that
    /// is present or predicted but never right gets 0.
    public func f1(zeroDivision: Double = 0) -> Double {
        share(of: 2 * correct, in: samples + predictions, zeroDivision)
    }

    private func share(of part: Int64, in whole: Int64, _ zeroDivision: Double) -> Double {
        whole == 0 ? zeroDivision : Double(part) / Double(whole)
    }
}
