/// A table of text turned into numbers: features of every row and the text of its class.
package struct CSVTable {
    let layout: CSVLayout
    let classNames: [String]
    /// Its rows, as numbers.
    let samples: RealSamples
    /// What looks otherwise than it was taken.
    let warnings: [DataWarning]

    /// - Parameter training: the table whose columns and classes this one must have; nil for a training table, whose
    ///   classes are sorted: by value when all are integers, else by their text.
    package init(_ input: ByteInput, format: CSVFormat, like training: CSVTable? = nil) throws(DatasetError) {
        try self.init(input, format: format, matching: training.map { TableReference($0) })
    }

    /// - Parameter reference: whose columns and classes this table must have; nil for a training table.
    init(_ input: ByteInput, format: CSVFormat, matching reference: TableReference?) throws(DatasetError) {
        var rows = CSVRows(path: input.path, text: try input.readToEnd(), separator: try format.separatorByte())
        guard try rows.advance() else { throw Self.withoutRows(input.path) }
        layout = try CSVLayout(rows, format: format, like: reference)
        warnings = reference?.warnings(of: layout, ignoring: format, rows) ?? []

        let numbers = try RealNumbers(.double, capacity: rows.text.count / 4, for: input.path)
        var labels: [Int32] = []
        var classes = CSVClasses(of: reference)
        var more = layout.names == nil ? true : try rows.advance()
        while more {
            try layout.checkColumns(of: rows)
            try numbers.reserve(layout.features.count)
            for column in layout.features { numbers.append(try rows.number(column, isFirst: labels.isEmpty)) }
            labels.append(try classes.label(of: rows, layout.label))
            more = try rows.advance()
        }
        if labels.isEmpty { throw Self.withoutRows(input.path) }
        let order = classes.sorted()
        classNames = order.names
        samples = RealSamples(
            numbers, sampleShape: [layout.features.count], labels: labels.map { order.places[Int($0)] },
            classCount: classNames.count, classNames: classNames, featureNames: layout.columns?.features,
            subject: input.path)
    }

    /// The rows as they stand, cut to 32 bits. Gives up ``samples``: only once.
    package func dataset() throws(DatasetError) -> FloatDataset { try samples.presented(by: nil) }

    private static func withoutRows(_ path: String) -> DatasetError {
        DatasetError(.empty, path, expected: "at least one row of data", found: "none", remedy: "check the file")
    }
}

extension CSVLayout {
    fileprivate func checkColumns(of rows: CSVRows) throws(DatasetError) {
        if rows.fields.count == columnCount { return }
        throw DatasetError(
            .malformedRow, rows.path, line: rows.line, column: min(rows.fields.count, columnCount) + 1,
            expected: "\(columnCount) columns as in the first row", found: "\(rows.fields.count)",
            remedy: "complete or remove the row, or correct the separator")
    }
}

extension CSVRows {
    fileprivate func number(_ column: Int, isFirst: Bool) throws(DatasetError) -> Double {
        let field = fields[column]
        if let value = DecimalNumber.parse(text[field.start..<field.end]), Float(value).isFinite { return value }
        throw DatasetError(
            .invalidNumber, path, line: line, column: column + 1, expected: "a finite 32-bit number",
            found: abridged(column),
            remedy: "correct the field or ignore the column" + (isFirst ? ", or say that there is a header" : ""))
    }

    fileprivate func abridged(_ column: Int) -> String {
        let text = string(column)
        return (text.count > 40 ? text.prefix(40) + "…" : text).debugDescription
    }
}

/// The classes of a table, in the order in which they are met.
private struct CSVClasses {
    /// Whose classes are known; nil where the table tells them.
    private let owner: String?
    private var names: [String]
    private var places: [String: Int32] = [:]

    init(of reference: TableReference?) {
        owner = reference?.owner
        names = reference?.classNames ?? []
        for (place, name) in names.enumerated() { places[name] = Int32(place) }
    }

    mutating func label(of rows: CSVRows, _ column: Int) throws(DatasetError) -> Int32 {
        let text = rows.string(column)
        if let place = places[text] { return place }
        let name = try canonical(text, rows, column)
        if let place = places[name] {
            places[text] = place
            return place
        }
        if let owner {
            let list = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
            throw DatasetError(
                .labelOutOfRange, rows.path, line: rows.line, column: column + 1,
                expected: "one of the \(names.count) classes of \(owner) (\(list))",
                found: rows.abridged(column),
                remedy: owner == "the weights"
                    ? "give data of the classes that the weights were trained on"
                    : "correct the label, or give a training file that has the class")
        }
        let place = Int32(names.count)
        names.append(name)
        places[name] = place
        return place
    }

    /// Integers without leading zeros, plus signs and fractions of zero: 3 for 03, +3 and 3.0.
    private func canonical(_ text: String, _ rows: CSVRows, _ column: Int) throws(DatasetError) -> String {
        let number = DecimalNumber.parse(ArraySlice(text.utf8))
        if let number, let integer = Int(exactly: number), abs(number) < 0x1p53 { return String(integer) }
        if text.isEmpty || number != nil {
            throw DatasetError(
                .labelOutOfRange, rows.path, line: rows.line, column: column + 1,
                expected: "a class: an integer or a text", found: rows.abridged(column),
                remedy: "check which column is the label")
        }
        return text
    }

    /// The names in their final order, and where each class met goes in it.
    func sorted() -> (names: [String], places: [Int32]) {
        if owner != nil { return (names, (0..<Int32(names.count)).map(\.self)) }
        let integers = names.compactMap { Int($0) }
        let order =
            integers.count == names.count
            ? names.indices.sorted { integers[$0] < integers[$1] } : names.indices.sorted { names[$0] < names[$1] }
        var places = [Int32](repeating: 0, count: names.count)
        for (place, index) in order.enumerated() { places[index] = Int32(place) }
        return (order.map { names[$0] }, places)
    }
}

extension CSVFormat {
    fileprivate func separatorByte() throws(DatasetError) -> UInt8 {
        let isTaken = separator.isNewline || separator.isNumber || separator.isLetter || "\".+-".contains(separator)
        if let byte = separator.asciiValue, !isTaken { return byte }
        throw DatasetError(
            .invalidOption, "separator", expected: "one ASCII character such as , ; or a tab",
            found: String(separator).debugDescription, remedy: "correct the configuration")
    }
}
