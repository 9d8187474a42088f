extension TableEncoding {
    /// The features of rows that were read, [N, ``featureCount``], and warnings of words that are no levels.
    ///
    /// - Throws: for such a word where they are refused, and for a missing value that nothing stands for.
    func features(
        of cells: TableCells
    ) throws(DatasetError) -> (numbers: RealNumbers, warnings: [DataWarning]) {
        precondition(cells.columns.count == columns.count, "\(cells.columns.count) columns, not \(columns.count)")
        let features = try RealNumbers(.double, capacity: cells.count * featureCount, for: cells.subject)
        let levels = zip(columns, cells.columns).map { column, read -> [Int?] in
            guard case .category(let levels, _) = column.content else { return [] }
            return read.vocabulary.places(in: levels)
        }
        var unknown = [UnknownLevels](repeating: UnknownLevels(), count: columns.count)
        for row in 0..<cells.count {
            for (place, column) in columns.enumerated() {
                let value = cells.numbers[row * columns.count + place]
                switch column.content {
                case .number(let fill):
                    guard let number = value.isNaN ? fill : value else { throw cells.refusalOfGap(place) }
                    features.append(number)
                case .category(let names, let fill):
                    let level = value.isNaN ? fill : levels[place][Int(value)]
                    for index in names.indices { features.append(index == level ? 1.0 : 0.0) }
                    if level == nil, !(value.isNaN && column.marksMissing) {
                        unknown[place].add(value.isNaN ? nil : Int(value))
                    }
                }
                if column.marksMissing { features.append(value.isNaN ? 1.0 : 0.0) }
            }
        }
        var warnings: [DataWarning] = []
        for place in columns.indices where unknown[place].rows > 0 {
            warnings.append(try cells.warning(of: unknown[place], in: place))
        }
        return (features, warnings)
    }
}

/// Words of a column that are no levels of it.
private struct UnknownLevels {
    /// Places in the vocabulary; −1 for a missing value.
    private(set) var words: Set<Int> = []
    private(set) var rows = 0

    mutating func add(_ word: Int?) {
        words.insert(word ?? -1)
        rows += 1
    }
}

extension TableCells {
    fileprivate func refusalOfGap(_ place: Int) -> DatasetError {
        DatasetError(
            .invalidNumber, subject, expected: "a number in \(columns[place].title)",
            found: "a missing value, for which the weights have none",
            remedy: "correct the field, or train with data.csv.missing=median")
    }

    fileprivate func warning(
        of unknown: UnknownLevels, in place: Int
    ) throws(DatasetError) -> DataWarning {
        let column = columns[place]
        let words = unknown.words.filter { $0 >= 0 }.sorted()
        let names =
            words.map { column.vocabulary.names[$0] } + (words.count < unknown.words.count ? ["a missing value"] : [])
        let found =
            "\(NameList(names, most: 6)) in \(unknown.rows) \(unknown.rows == 1 ? "row" : "rows") in \(column.title)"
        if format.unknownLevels == .refuse {
            throw DatasetError(
                .unknownLevel, subject, line: words.first.map { column.vocabulary.lines[$0] },
                expected: "levels that the training samples have", found: found,
                remedy: "correct the field, or set data.csv.unknownLevels to zeros")
        }
        return DataWarning(
            .unknownLevels, subject,
            found: "\(found), which the training samples do not have: all features of the column are 0",
            remedy: "correct the field, or train on samples that have it")
    }
}
