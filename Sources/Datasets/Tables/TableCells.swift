/// The fields of a table's feature columns as they are read, before they become features.
///
/// A column has numbers or words. Where nothing else says which, its first value that is not missing does.
struct TableCells {
    enum Kind: Equatable {
        /// Nothing but missing values so far.
        case unknown
        case number
        /// - `takesNumbers`: whether numbers are words too.
        case category(takesNumbers: Bool)
    }

    struct Column {
        var kind: Kind
        /// As a sentence calls it: "the column color".
        let title: String
        /// As a key of the configuration takes it.
        let key: String
        var vocabulary = TableVocabulary()
        /// Fields without a value.
        var missing = 0
    }

    /// [N, columns]: numbers as they stand, places of words in the column's vocabulary, NaN for a missing value.
    let numbers: RealNumbers
    private(set) var columns: [Column]
    let format: CSVFormat
    /// The file.
    let subject: String
    private let missingWords: Set<[UInt8]>
    /// True where weights have said what the columns are.
    private let isOfWeights: Bool
    /// A number can be such a word.
    private let missingHasNumbers: Bool
    /// Line of the first row where it may be a header after all; nil where it is one.
    private let doubtfulLine: Int?

    /// - Parameters:
    ///   - doubtfulLine: of the first row where it may be a header after all; nil where it is one, or cannot be.
    ///   - isOfWeights: whether weights have said what the columns are.
    ///   - capacity: numbers to make room for.
    init(
        _ columns: [Column], format: CSVFormat, doubtfulLine: Int? = nil, isOfWeights: Bool = false, capacity: Int,
        of subject: String
    ) throws(DatasetError) {
        self.columns = columns
        self.doubtfulLine = doubtfulLine
        self.format = format
        self.isOfWeights = isOfWeights
        self.subject = subject
        numbers = try RealNumbers(.double, capacity: capacity, for: subject)
        missingWords = Set(format.missingWords.map { Array($0.utf8) } + [[]])
        missingHasNumbers = missingWords.contains { DecimalNumber.parse($0[...]) != nil }
    }

    /// Rows read.
    var count: Int { columns.isEmpty ? 0 : numbers.count / columns.count }

    /// Puts a row behind the others.
    ///
    /// - Parameters:
    ///   - places: of the columns in the table.
    ///   - refusal: the error for a field that is no number, in the column of the table that is given, where it has to be one.
    mutating func append(
        _ row: CSVRows, _ places: [Int], refusal: (CSVRows, Int) -> DatasetError
    ) throws(DatasetError) {
        try numbers.reserve(places.count)
        for (index, place) in places.enumerated() {
            if let number = number(row, place, index) {
                numbers.append(number)
            } else {
                numbers.append(try value(row, place, index, refusal))
            }
        }
    }

    /// Nil for a field that is no number, means a missing value, or is a word of a column of categories.
    private mutating func number(_ row: CSVRows, _ place: Int, _ index: Int) -> Double? {
        guard !columns[index].kind.isCategory, let number = row.number(place),
            !missingHasNumbers || !missingWords.contains(row.bytes(place))
        else { return nil }
        if columns[index].kind == .unknown { columns[index].kind = .number }
        return number
    }

    /// A word's place in the vocabulary, or NaN.
    private mutating func value(
        _ row: CSVRows, _ place: Int, _ index: Int, _ refusal: (CSVRows, Int) -> DatasetError
    ) throws(DatasetError) -> Double {
        let bytes = row.bytes(place)
        if missingWords.contains(bytes) {
            guard format.missing != .refuse else {
                throw isOfWeights && columns[index].kind == .number
                    ? refusal(row, place) : refusalOfMissing(row, place, columns[index])
            }
            columns[index].missing += 1
            return .nan
        }
        switch columns[index].kind {
        case .number: throw refusal(row, place)
        case .unknown:
            guard Self.isWord(bytes) else { throw refusal(row, place) }
            columns[index].kind = .category(takesNumbers: false)
        case .category(takesNumbers: false) where row.number(place) != nil: throw mixture(row, place, columns[index])
        case .category: break
        }
        return Double(columns[index].vocabulary.place(of: bytes, line: row.line))
    }

    /// True where a field has a letter and is no number that another program writes, such as inf and 0x1F.
    private static func isWord(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.contains(where: \.isLetter) && Double(text) == nil
    }
}

extension TableCells {
    private func refusalOfMissing(_ row: CSVRows, _ place: Int, _ column: Column) -> DatasetError {
        if isOfWeights {
            return DatasetError(
                .invalidNumber, row.path, line: row.line, column: place + 1, expected: "a word in \(column.title)",
                found: "\(row.abridged(place)), a missing value", remedy: "correct the field, or leave the row out")
        }
        return DatasetError(
            .invalidNumber, row.path, line: row.line, column: place + 1, expected: "a finite 32-bit number or a word",
            found: "\(row.abridged(place)), a missing value",
            remedy: "let missing values be filled by data.csv.missing=median (or mean, most-frequent), or correct the "
                + "field or ignore the column")
    }

    /// The error for a number where the rows above have words, about whichever there is less of.
    private func mixture(_ row: CSVRows, _ place: Int, _ column: Column) -> DatasetError {
        let survey = CSVColumnSurvey(place, of: row, hasHeader: doubtfulLine == nil)
        guard survey.words <= survey.integers + survey.decimals else {
            return DatasetError(
                .invalidNumber, row.path, line: row.line, column: place + 1,
                expected: "a word, as the rows above have in \(column.title)", found: row.abridged(place),
                remedy:
                    "correct the field or ignore the column, or name it in data.csv.categorical=[\(column.key)] if its "
                    + "numbers are categories too")
        }
        let line = column.vocabulary.lines[0]
        return DatasetError(
            .invalidNumber, row.path, line: line, column: place + 1, expected: "a finite 32-bit number",
            found: column.vocabulary.names[0].abridged,
            remedy: "correct the field or ignore the column, or "
                + (line == doubtfulLine
                    ? "say that there is a header" : "list it in data.csv.missingWords if it means a missing value"))
    }
}

extension String {
    /// In quotes, within a line of a message.
    var abridged: String { (count > 40 ? prefix(40) + "…" : self[...]).debugDescription }
}
