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

    /// Of the samples predicted as `index`, the share that is: true positives / column sum.
    ///
    /// A class that was never predicted gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn.
    public func precision(ofClass index: Int, zeroDivision: Double = 0) -> Double {
        checkClass(index)
        return share(of: table[index, index], in: columnSum(index), zeroDivision)
    }

    /// Of the samples of class `index`, the share predicted as such: true positives / row sum.
    ///
    /// A class without samples gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn.
    public func recall(ofClass index: Int, zeroDivision: Double = 0) -> Double {
        checkClass(index)
        return share(of: table[index, index], in: rowSum(index), zeroDivision)
    }

    /// The harmonic mean of precision and recall: 2 · true positives / (row sum + column sum).
    ///
    /// A class neither present nor predicted gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn; one that
    /// is present or predicted but never right gets 0.
    public func f1(ofClass index: Int, zeroDivision: Double = 0) -> Double {
        checkClass(index)
        return share(
            of: 2 * table[index, index], in: rowSum(index) + columnSum(index), zeroDivision)
    }

    private func rowSum(_ label: Int) -> Int64 {
        (0..<classCount).reduce(0) { $0 + table[label, $1] }
    }

    private func columnSum(_ prediction: Int) -> Int64 {
        (0..<classCount).reduce(0) { $0 + table[$1, prediction] }
    }

    private func share(of part: Int64, in whole: Int64, _ zeroDivision: Double) -> Double {
        whole == 0 ? zeroDivision : Double(part) / Double(whole)
    }
}
