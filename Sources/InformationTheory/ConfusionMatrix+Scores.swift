extension ConfusionMatrix {
    /// N, the number of samples counted.
    public var total: Int64 { storage.reduce(0, +) }

    /// The number of samples of each true label, [K].
    public var rowSums: [Int64] {
        var sums = [Int64](repeating: 0, count: classCount)
        for label in 0..<classCount {
            for prediction in 0..<classCount { sums[label] += storage[label * classCount + prediction] }
        }
        return sums
    }

    /// The number of times each class was predicted, [K].
    public var columnSums: [Int64] {
        var sums = [Int64](repeating: 0, count: classCount)
        for label in 0..<classCount {
            for prediction in 0..<classCount { sums[prediction] += storage[label * classCount + prediction] }
        }
        return sums
    }

    /// The number of samples whose prediction is their label.
    public var correct: Int64 {
        (0..<classCount).reduce(0) { $0 + storage[$1 * classCount + $1] }
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
        return share(of: storage[index * classCount + index], in: columnSum(index), zeroDivision)
    }

    /// Of the samples of class `index`, the share predicted as such: true positives / row sum.
    ///
    /// A class without samples gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn.
    public func recall(ofClass index: Int, zeroDivision: Double = 0) -> Double {
        checkClass(index)
        return share(of: storage[index * classCount + index], in: rowSum(index), zeroDivision)
    }

    /// The harmonic mean of precision and recall: 2 · true positives / (row sum + column sum).
    ///
    /// A class neither present nor predicted gets `zeroDivision`, 0 unless told otherwise, as in scikit-learn; one that
    /// is present or predicted but never right gets 0.
    public func f1(ofClass index: Int, zeroDivision: Double = 0) -> Double {
        checkClass(index)
        return share(
            of: 2 * storage[index * classCount + index], in: rowSum(index) + columnSum(index), zeroDivision)
    }

    private func rowSum(_ label: Int) -> Int64 {
        (0..<classCount).reduce(0) { $0 + storage[label * classCount + $1] }
    }

    private func columnSum(_ prediction: Int) -> Int64 {
        (0..<classCount).reduce(0) { $0 + storage[$1 * classCount + prediction] }
    }

    private func share(of part: Int64, in whole: Int64, _ zeroDivision: Double) -> Double {
        whole == 0 ? zeroDivision : Double(part) / Double(whole)
    }
}
