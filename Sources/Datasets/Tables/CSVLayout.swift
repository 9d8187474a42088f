/// What each column of one table is, found out from its first row.
struct CSVLayout {
    let columnCount: Int
    /// Columns of what is predicted.
    let labels: [Int]
    /// Column of the class, or of the first target.
    var label: Int { labels[0] }
    /// Columns of the features, in order.
    let features: [Int]
    /// Names of all columns, if the first row gives them.
    let names: [String]?
    /// True where these are names because they look like it, and not because anything says so.
    let guessesNames: Bool
    /// Whether the fields of the first row are 0, 1, 2, … or 1, 2, 3, …
    let countsColumns: Bool

    /// - Parameters:
    ///   - first: at the first row.
    ///   - reference: what the table has to agree with; its columns are found by name where both have names.
    init(_ first: CSVRows, format: CSVFormat, like reference: TableReference? = nil) throws(DatasetError) {
        let count = first.fields.count
        let needsNames = (format.labels.columns + format.ignored + format.categorical).contains {
            if case .name = $0 { true } else { false }
        }
        if let reference, let columns = reference.columns, format.header != .absent {
            let names = (0..<count).map { first.string($0) }
            if format.header == .present || needsNames || reference.isHeader(names)
                || Self.looksLikeHeader(first, Array(0..<count), format)
            {
                (features, labels) = try reference.places(of: columns, in: names, first)
                columnCount = count
                self.names = names
                guessesNames = false
                countsColumns = false
                try Self.checkNames(names, used: features + labels, first)
                return
            }
        }
        let names: [String]? =
            format.header == .present || (format.header == .automatic && needsNames)
            ? (0..<count).map { first.string($0) } : nil
        var labels: [Int] = []
        for column in format.labels.columns { labels.append(try Self.resolve(column, count, names, first)) }
        var ignored: Set<Int> = []
        for column in format.ignored {
            let place = try Self.resolve(column, count, names, first)
            ignored.insert(place)
            // A name means all columns of that name.
            if case .name(let name) = column { ignored.formUnion(names!.indices.filter { names![$0] == name }) }
        }
        if let twice = labels.first(where: { label in labels.count { $0 == label } > 1 }) {
            throw DatasetError(
                .malformedRow, first.path, line: first.line, expected: "label columns that are each named once",
                found: "column \(names.map { "\"\($0[twice])\"" } ?? "\(twice)") twice",
                remedy: "correct data.csv.label")
        }
        let features = (0..<count).filter { !labels.contains($0) && !ignored.contains($0) }
        if features.isEmpty || labels.contains(where: ignored.contains) {
            throw DatasetError(
                .malformedRow, first.path, line: first.line,
                expected: "a column of classes and at least one of features",
                found: "\(count) \(count == 1 ? "column" : "columns")",
                remedy: "check the separator, the label column and the ignored columns"
                    + (count == 1 ? first.hint(0) : ""))
        }
        columnCount = count
        self.labels = labels
        self.features = features
        guessesNames = names == nil && format.header == .automatic && Self.looksLikeHeader(first, features, format)
        if guessesNames {
            self.names = (0..<count).map { first.string($0) }
        } else {
            self.names = names
        }
        let numbers = (0..<count).map { DecimalNumber.parse(first.text[first.fields[$0].start..<first.fields[$0].end]) }
        countsColumns =
            numbers[0].map { start in
                (start == 0 || start == 1)
                    && numbers.enumerated().allSatisfy { $0.element == start + Double($0.offset) }
            } ?? false
        if let names = self.names { try Self.checkNames(names, used: features + labels, first) }
        try reference?.check(columnCount: count, featureCount: features.count, first)
    }

    /// Refuses a name, or no name, that two columns have of which one is used: those of other tables are found by it.
    static func checkNames(_ names: [String], used: [Int], _ row: CSVRows) throws(DatasetError) {
        // Strings are equal also where their letters are composed in different ways: nobody could tell such names apart.
        var first: [String: Int] = [:]
        for (column, name) in names.enumerated() {
            guard let other = first[name] else {
                first[name] = column
                continue
            }
            guard used.contains(other) || used.contains(column) else { continue }
            throw DatasetError(
                .malformedRow, row.path, line: row.line, column: column + 1,
                expected: "a name of its own for each column",
                found: "\(name.debugDescription) for the columns \(other) and \(column)",
                remedy: "rename one of them, or ignore both by their places with data.csv.ignore=[\(other),\(column)]")
        }
    }

    /// The names, by what the columns are; nil without a header.
    var columns: TableColumns? {
        guard let names else { return nil }
        return TableColumns(
            features: features.map { names[$0] }, labels: labels.map { names[$0] },
            ignored: names.indices.filter { !labels.contains($0) && !features.contains($0) }.map { names[$0] })
    }

    /// A column as a sentence calls it.
    func words(for column: Int) -> String {
        if let name = names?[column], !name.isEmpty { return "the column \(NameList([name]))" }
        return column == columnCount - 1 ? "the last column" : "column \(column)"
    }

    /// A column as a key of the configuration takes it: its place, and what it is called.
    func key(of column: Int) -> String {
        guard let name = names?[column], !name.isEmpty else { return "\(column)" }
        return "\(column) (\(NameList([name])))"
    }

    /// The column as a list of columns in the configuration has it.
    func name(of column: Int) -> String {
        guard let name = names?[column], !name.isEmpty else { return "\(column)" }
        return name
    }

    /// A header has a text, and neither a number nor a word for a missing value, over every feature.
    static func looksLikeHeader(_ row: CSVRows, _ features: [Int], _ format: CSVFormat) -> Bool {
        features.allSatisfy { column in
            let field = row.fields[column]
            return !field.isEmpty && DecimalNumber.parse(row.text[field.start..<field.end]) == nil
                && (format.missing == .refuse || !format.missingWords.contains(row.string(column)))
        }
    }

    /// The place of a column that the configuration names.
    ///
    /// - Parameter first: at the first row.
    func place(of column: CSVFormat.Column, _ first: CSVRows) throws(DatasetError) -> Int {
        try Self.resolve(column, columnCount, names, first)
    }

    static func resolve(
        _ column: CSVFormat.Column, _ count: Int, _ names: [String]?, _ row: CSVRows
    ) throws(DatasetError) -> Int {
        switch column {
        case .index(let index):
            let place = index < 0 ? count + index : index
            if (0..<count).contains(place) { return place }
            throw DatasetError(
                .unknownColumn, row.path, line: row.line, expected: "a column \(index)",
                found: "\(count) \(count == 1 ? "column" : "columns")",
                remedy: "give \(-count) to \(count - 1), or correct the separator" + (count == 1 ? row.hint(0) : ""))
        case .name(let name):
            if let place = names?.firstIndex(of: name) { return place }
            let found = names.map { "the columns " + $0.map(\.debugDescription).joined(separator: ", ") }
            throw DatasetError(
                .unknownColumn, row.path, line: row.line, expected: "a column \(name.debugDescription) in the header",
                found: found ?? "that the file is said to have none",
                remedy: "correct the name, or give the column by its place" + (count == 1 ? row.hint(0) : ""))
        }
    }
}
