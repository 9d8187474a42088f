extension TableEncoding {
    /// The features of rows that were read, [N, ``featureCount``], and by column the words that are no levels.
    ///
    /// - Throws: for a missing value that nothing stands for.
    func features(
        of cells: TableCells
    ) throws(DatasetError) -> (numbers: RealNumbers, unknown: [UnknownLevels]) {
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
                    if column.isEmbedded {
                        let own = value.isNaN && column.marksMissing ? names.count + 1 : 0
                        features.append(Double(level.map { $0 + 1 } ?? own))
                    } else {
                        for index in names.indices { features.append(index == level ? 1.0 : 0.0) }
                    }
                    if level == nil, !(value.isNaN && column.marksMissing) {
                        unknown[place].add(value.isNaN ? nil : Int(value), of: cells.columns[place].vocabulary)
                    }
                }
                if column.hasMark { features.append(value.isNaN ? 1.0 : 0.0) }
            }
        }
        return (features, unknown)
    }
}

/// Words of a column that are no levels of it.
struct UnknownLevels {
    /// In the order in which they were met.
    private(set) var names: [String] = []
    private(set) var hasGaps = false
    private(set) var rows = 0
    /// Line of the first word.
    private(set) var line: Int?

    /// - Parameter word: place in the vocabulary; nil for a missing value.
    mutating func add(_ word: Int?, of vocabulary: TableVocabulary) {
        rows += 1
        guard let word else {
            hasGaps = true
            return
        }
        line = line ?? vocabulary.lines[word]
        if !names.contains(vocabulary.names[word]) { names.append(vocabulary.names[word]) }
    }

    /// Adds those of later rows.
    static func += (left: inout UnknownLevels, right: UnknownLevels) {
        for name in right.names where !left.names.contains(name) { left.names.append(name) }
        left.hasGaps = left.hasGaps || right.hasGaps
        left.rows += right.rows
        left.line = left.line ?? right.line
    }
}

extension TableCells {
    fileprivate func refusalOfGap(_ place: Int) -> DatasetError {
        DatasetError(
            .invalidNumber, subject, expected: "a number in \(columns[place].title)",
            found: "a missing value, for which the weights have none",
            remedy: "correct the field, or train with data.csv.missing=median")
    }

    /// Warnings of words that are no levels.
    ///
    /// - Parameter unknown: by column.
    /// - Throws: for such a word where they are refused.
    func warnings(
        of unknown: [UnknownLevels], encodedBy encoding: TableEncoding
    ) throws(DatasetError) -> [DataWarning] {
        var warnings: [DataWarning] = []
        for (place, unknown) in unknown.enumerated() where unknown.rows > 0 {
            let column = columns[place]
            let effect = encoding.columns[place].isEmbedded ? "its embedding is" : "all features of the column are"
            let names = NameList(unknown.names + (unknown.hasGaps ? ["a missing value"] : []), most: 6)
            let found = "\(names) in \(unknown.rows) \(unknown.rows == 1 ? "row" : "rows") in \(column.title)"
            if format.unknownLevels == .refuse {
                throw DatasetError(
                    .unknownLevel, subject, line: unknown.line, expected: "levels that the training samples have",
                    found: found, remedy: "correct the field, or set data.csv.unknownLevels to zeros")
            }
            warnings.append(
                DataWarning(
                    .unknownLevels, subject,
                    found: "\(found), which the training samples do not have: \(effect) 0",
                    remedy: "correct the field, or train on samples that have it"))
        }
        return warnings
    }
}
