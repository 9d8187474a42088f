extension CSVTable {
    /// Refuses a table whose first row was taken for a sample, since its fields are numbers, and looks like a header of
    /// numbers: years, wavelengths, places.
    ///
    /// - Parameters:
    ///   - line: of the first row.
    ///   - labelIsText: whether the first row's label is no integer while all others' are.
    func checkFirstRow(path: String, line: Int, labelIsText: Bool) throws(DatasetError) {
        guard samples.count > 2 else { return }
        let numbers = kinds.indices.filter { place in
            kinds[place] == .number && (0..<samples.count).allSatisfy { !samples[$0, place].isNaN }
        }
        let first = numbers.map { samples[0, $0] }
        let isRising = first.count > 1 && zip(first, first.dropFirst()).allSatisfy { $0 < $1 }
        let counts = isRising && first.allSatisfy { $0 == $0.rounded() }
        let reason: String
        var words = ""
        if labelIsText {
            reason = "the only label that is no integer"
        } else if layout.countsColumns, layout.columnCount > 3 || labelIsAlone {
            reason = "the numbers of the columns"
        } else if isRising, standsApart(numbers) {
            reason = "rising numbers far from those below"
        } else if samples.count > 8, counts, labelIsAlone, othersRepeat {
            // Among few rows that is no wonder.
            reason = "rising integers and a label that no other row has"
        } else if samples.count > 8, labelIsAlone, othersRepeat, wordsAreAlone {
            reason = "words and a label that no other row has"
            words = " and words"
        } else {
            return
        }
        throw DatasetError(
            .malformedRow, path, line: line,
            expected: "to be told whether the first row of numbers\(words) is a header",
            found: "in it \(reason)", remedy: "set data.csv.header to yes or no")
    }

    /// Whether no other row has the first row's class.
    private var labelIsAlone: Bool {
        (1..<samples.count).allSatisfy { samples.label(at: $0) != samples.label(at: 0) }
    }

    /// True where there are columns of words, and no other row has one that the first row has.
    private var wordsAreAlone: Bool {
        let places = kinds.indices.filter { kinds[$0].isCategory }
        return !places.isEmpty
            && places.allSatisfy { place in (1..<samples.count).allSatisfy { samples[$0, place] != samples[0, place] } }
    }

    /// Refuses a table of nothing but words whose first row was taken for a header, and has a word that its column has again.
    ///
    /// - Parameter line: of the first row.
    func checkHeader(path: String, line: Int) throws(DatasetError) {
        guard let names = layout.names, kinds.allSatisfy(\.isCategory) else { return }
        let columns = samples.cells!.columns
        let again = zip(layout.features, columns).first { $1.vocabulary.contains(names[$0]) }
        guard let place = again?.0 ?? (classNames.contains(names[layout.label]) ? layout.label : nil) else { return }
        throw DatasetError(
            .malformedRow, path, line: line, column: place + 1,
            expected: "to be told whether the first row of words is a header",
            found: "in it \(names[place].abridged), which other rows have too",
            remedy: "set data.csv.header to yes or no")
    }

    /// Whether every other class has two rows or more.
    private var othersRepeat: Bool {
        var counts = [Int](repeating: 0, count: samples.classCount)
        for index in 0..<samples.count { counts[Int(samples.label(at: index))] += 1 }
        return counts.enumerated().allSatisfy { $0.offset == Int(samples.label(at: 0)) || $0.element > 1 }
    }

    /// Whether every feature lies farther from the range of all other rows than this is wide.
    private func standsApart(_ features: [Int]) -> Bool {
        features.allSatisfy { feature in
            let value = samples[0, feature]
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

extension CSVTable {
    /// A warning where the label is the last column because nothing else was said, numbers are its classes, and one column has words
    /// that come again: nil elsewhere.
    func warningOfWordsBeside(_ label: CSVFormat.Column, _ path: String) -> DataWarning? {
        let words = samples.cells!.columns.filter { $0.kind == .category(takesNumbers: false) }
        guard label == .index(-1), words.count == 1, classNames.count > 2, classNames.allSatisfy({ Int($0) != nil })
        else {
            return nil
        }
        return DataWarning(
            .otherLabel, path,
            found: "the classes are the numbers of \(layout.words(for: layout.label)), and \(words[0].title) has words",
            remedy: "give data.csv.label the name or the place of the column that is the class (\(words[0].key)?)")
    }
}
