extension CSVTable {
    /// Refuses a table whose first row was taken for a sample, since its fields are numbers, and looks like a header of
    /// numbers: years, wavelengths, places.
    ///
    /// - Parameters:
    ///   - line: of the first row.
    ///   - labelIsText: whether the first row's label is no integer while all others' are.
    func checkFirstRow(path: String, line: Int, labelIsText: Bool) throws(DatasetError) {
        guard samples.count > 2 else { return }
        let first = (0..<layout.features.count).map { samples[0, $0] }
        let isRising = first.count > 1 && zip(first, first.dropFirst()).allSatisfy { $0 < $1 }
        let counts = isRising && first.allSatisfy { $0 == $0.rounded() }
        let reason: String
        if labelIsText {
            reason = "the only label that is no integer"
        } else if layout.countsColumns, layout.columnCount > 3 || labelIsAlone {
            reason = "the numbers of the columns"
        } else if isRising, standsApart(first) {
            reason = "rising numbers far from those below"
        } else if samples.count > 8, counts, labelIsAlone, othersRepeat {
            // Among few rows that is no wonder.
            reason = "rising integers and a label that no other row has"
        } else {
            return
        }
        throw DatasetError(
            .malformedRow, path, line: line, expected: "to be told whether the first row of numbers is a header",
            found: "in it \(reason)", remedy: "set data.csv.header to yes or no")
    }

    /// Whether no other row has the first row's class.
    private var labelIsAlone: Bool {
        (1..<samples.count).allSatisfy { samples.label(at: $0) != samples.label(at: 0) }
    }

    /// Whether every other class has two rows or more.
    private var othersRepeat: Bool {
        var counts = [Int](repeating: 0, count: samples.classCount)
        for index in 0..<samples.count { counts[Int(samples.label(at: index))] += 1 }
        return counts.enumerated().allSatisfy { $0.offset == Int(samples.label(at: 0)) || $0.element > 1 }
    }

    /// Whether every feature lies farther from the range of all other rows than this is wide.
    private func standsApart(_ first: [Double]) -> Bool {
        first.enumerated().allSatisfy { feature, value in
            var (low, high) = (samples[1, feature], samples[1, feature])
            for row in 2..<samples.count {
                low = min(low, samples[row, feature])
                high = max(high, samples[row, feature])
                if low - value <= high - low, value - high <= high - low { return false }
            }
            return true
        }
    }
}
