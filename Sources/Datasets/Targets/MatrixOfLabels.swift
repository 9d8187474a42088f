/// Labels [N, C] where [N] are expected: what they look like, and how they become integers.
struct MatrixOfLabels {
    let rows: Int
    let columns: Int
    /// The number at a place, row by row.
    let number: (Int) -> Double

    /// Says what to do with labels in a column, one-hot or as probabilities; nil for other numbers.
    func refusal(_ path: String) -> DatasetError? {
        if columns == 1 {
            if let refusal = refusalOfDecimals(path) { return refusal }
            return refusal(path, "a column of them, [\(rows), 1]", "save labels.reshape(-1), as integers")
        }
        var isOneHot = true
        for row in 0..<rows {
            var (sum, largest, isProbability) = (0.0, 0.0, true)
            for column in 0..<columns {
                let value = number(row * columns + column)
                isProbability = isProbability && value >= 0 && value <= 1
                sum += value
                largest = max(largest, value)
            }
            guard isProbability, abs(sum - 1) < 1e-3 else { return nil }
            isOneHot = isOneHot && largest == 1 && sum == 1
        }
        return refusal(
            path, isOneHot ? "one-hot labels of \(columns) classes" : "rows of \(columns) probabilities",
            "save labels.argmax(axis=1), which are integers")
    }

    /// Says what a column of numbers lacks of which some are no integers; nil for integers.
    func refusalOfDecimals(_ path: String) -> DatasetError? {
        let decimals = (0..<rows).filter { number($0) != number($0).rounded() }
        guard let first = decimals.first else { return nil }
        return DatasetError(
            .wrongFormat, path, expected: "class labels (integers from 0 on)",
            found:
                "\(number(first)) of sample \(first) in an array that looks continuous (\(decimals.count) of \(rows) "
                + "labels are decimals)",
            remedy: "set task: regression to predict the number; classification needs class labels")
    }

    private func refusal(_ path: String, _ found: String, _ remedy: String) -> DatasetError {
        DatasetError(
            .wrongShape, path, expected: "labels that are integers, [N]", found: found, remedy: remedy)
    }
}
