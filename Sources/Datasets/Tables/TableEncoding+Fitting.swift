extension TableCells {
    /// The encoding that the rows selected ask for: their levels, and what stands for missing values. Nil for a table of numbers
    /// alone in which missing values are refused.
    ///
    /// - Throws: for a column of too many levels, of text, or without a value.
    func encoding(over selection: Selection) throws(DatasetError) -> TableEncoding? {
        if format.missing == .refuse, !columns.contains(where: \.kind.isCategory) { return nil }
        var encoded: [TableEncoding.Column] = []
        for place in columns.indices {
            encoded.append(
                columns[place].kind.isCategory
                    ? try category(place, over: selection) : try number(place, over: selection))
        }
        return TableEncoding(encoded)
    }

    /// The values of a column, and how many rows have none.
    private func values(_ place: Int, over selection: Selection) throws(DatasetError) -> (
        present: [Double], missing: Int
    ) {
        var present: [Double] = []
        present.reserveCapacity(selection.count)
        for position in 0..<selection.count {
            let value = numbers[selection[position] * columns.count + place]
            if !value.isNaN { present.append(value) }
        }
        guard present.isEmpty else { return (present, selection.count - present.count) }
        throw DatasetError(
            .empty, subject, expected: "a value in \(columns[place].title) of the training samples", found: "none",
            remedy: "ignore the column: data.csv.ignore=[\(columns[place].key)]")
    }

    private func number(_ place: Int, over selection: Selection) throws(DatasetError) -> TableEncoding.Column {
        guard format.missing != .refuse else { return .init(.number(fill: nil), marksMissing: false) }
        let (present, missing) = try values(place, over: selection)
        let fill =
            switch format.missing {
            case .refuse, .mean: present.meanOfColumn
            case .median: present.medianOfColumn
            case .mostFrequent: present.mostFrequent
            }
        return .init(.number(fill: fill), marksMissing: format.missingIndicator && missing > 0)
    }

    private func category(_ place: Int, over selection: Selection) throws(DatasetError) -> TableEncoding.Column {
        let (present, missing) = try values(place, over: selection)
        let names = columns[place].vocabulary.names
        var counts = [Int](repeating: 0, count: names.count)
        for word in present { counts[Int(word)] += 1 }
        let found = names.indices.filter { counts[$0] > 0 }
        try checkLevels(found.count, rows: present.count, place)
        let foundNames = found.map { names[$0] }
        let levels = foundNames.placesInOrder.map { found[$0] }
        var fill: Int?
        if format.missing == .mostFrequent {
            // The first of those that are as frequent, as among numbers.
            let most = counts.max()
            fill = levels.firstIndex { counts[$0] == most }
        }
        // Missing is a level of its own where no other stands for it.
        return .init(
            .category(levels: levels.map { names[$0] }, fill: fill),
            marksMissing: missing > 0 && (fill == nil || format.missingIndicator),
            isEmbedded: levels.count > format.embedAbove)
    }

    private func checkLevels(_ count: Int, rows: Int, _ place: Int) throws(DatasetError) {
        let column = columns[place]
        if column.kind == .category(takesNumbers: false), count >= 10, count * 10 >= rows * 9 {
            throw DatasetError(
                .unknownColumn, subject, expected: "columns of numbers and of words that come again",
                found:
                    "\(count) different words in the \(rows) training samples in \(column.title), which looks like text",
                remedy:
                    "ignore it: data.csv.ignore=[\(column.key)]; or name it in data.csv.categorical=[\(column.key)] if "
                    + "its words are categories")
        }
        guard count > format.maximumLevels else { return }
        throw DatasetError(
            .unknownColumn, subject,
            expected: "at most \(format.maximumLevels) levels in a column of categories (data.csv.maximumLevels)",
            found: "\(count) in \(column.title)",
            remedy:
                "write levels that are rare or alike as one, ignore the column: data.csv.ignore=[\(column.key)], or raise "
                + "data.csv.maximumLevels if each level comes often enough to be learnt")
    }
}

extension TableCells.Kind {
    var isCategory: Bool { if case .category = self { true } else { false } }
}

extension [Double] {
    /// The mean, exact for equal values and rounded once for others but in rare cases.
    fileprivate var meanOfColumn: Double {
        // Differences from the first value, so that the sum of equal values is not rounded.
        var rest = CompensatedSum()
        for value in self { rest.add(value - self[0]) }
        return self[0] + rest.value / Double(count)
    }

    /// The middle value, or the mean of the two in the middle.
    fileprivate var medianOfColumn: Double {
        let values = sorted()
        let middle = values.count / 2
        return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
    }

    /// The smallest of the values that come most often.
    fileprivate var mostFrequent: Double {
        let values = sorted()
        var (best, most, start) = (values[0], 0, 0)
        for place in values.indices where place + 1 == values.count || values[place + 1] != values[place] {
            if place + 1 - start > most { (best, most) = (values[place], place + 1 - start) }
            start = place + 1
        }
        return best
    }
}
