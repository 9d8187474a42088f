/// A table of text turned into numbers: features of every row and the text of its class.
package struct CSVTable {
    let layout: CSVLayout
    package let classNames: [String]
    /// Its rows, as numbers.
    let samples: RealSamples
    /// What looks otherwise than it was taken.
    package private(set) var warnings: [DataWarning]

    /// - Parameter training: the table whose columns and classes this one must have; nil for a training table, whose
    ///   classes are sorted: by value when all are integers, else by their text.
    package init(_ input: ByteInput, format: CSVFormat, like training: CSVTable? = nil) throws(DatasetError) {
        try self.init(input, format: format, matching: training.map { TableReference($0) })
    }

    /// - Parameter reference: whose columns and classes this table must have; nil for a training table.
    init(_ input: ByteInput, format: CSVFormat, matching reference: TableReference?) throws(DatasetError) {
        var rows = CSVRows(
            path: input.path,
            text: try TextEncoding.text(of: input, encoding: format.encoding), separator: try format.separatorByte())
        guard try rows.advance() else { throw Self.withoutRows(input.path) }
        let layout = try CSVLayout(rows, format: format, like: reference)
        self.layout = layout
        warnings = reference?.warnings(of: layout.names, ignoring: format, rows) ?? []

        let numbers = try RealNumbers(.double, capacity: rows.text.count / 4, for: input.path)
        var labels: [Int32] = []
        var classes = CSVClasses(of: reference)
        let firstLine = rows.line
        var textLabels = (first: false, others: false)
        var more = layout.names == nil ? true : try rows.advance()
        while more {
            try rows.checkColumns(layout.columnCount)
            try rows.appendNumbers(of: layout.features, to: numbers) { rows, column in
                layout.refusal(of: rows, column, isFirst: labels.isEmpty, isFree: reference == nil)
            }
            let label = try classes.label(of: rows, layout)
            if classes.isText(label) {
                if labels.isEmpty { textLabels.first = true } else { textLabels.others = true }
            }
            labels.append(label)
            more = try rows.advance()
        }
        if labels.isEmpty { throw Self.withoutRows(input.path) }
        let order = classes.sorted()
        classNames = order.names
        samples = RealSamples(
            numbers, sampleShape: [layout.features.count], labels: labels.map { order.places[Int($0)] },
            classCount: classNames.count, classNames: classNames, featureNames: layout.columns?.features,
            subject: input.path)
        if reference == nil { warnings += [DataWarning.similarNames(classNames, of: input.path)].compactMap(\.self) }
        if layout.names == nil, format.header == .automatic, reference == nil {
            try checkFirstRow(
                path: input.path, line: firstLine,
                labelIsText: textLabels.first && !textLabels.others && classNames.count > 1)
        }
    }

    /// The rows as they stand, cut to 32 bits. Gives up ``samples``: only once.
    package func dataset() throws(DatasetError) -> FloatDataset { try samples.presented(by: nil) }

    static func withoutRows(_ path: String) -> DatasetError {
        DatasetError(.empty, path, expected: "at least one row of data", found: "none", remedy: "check the file")
    }
}

extension CSVLayout {
    /// The error for a field that is no number, with its remedy: a column of words may be that of the class.
    ///
    /// - Parameters:
    ///   - row: that has the field.
    ///   - isFirst: whether no other row is a sample.
    ///   - isFree: whether nothing but the configuration says which column is what.
    fileprivate func refusal(of row: CSVRows, _ column: Int, isFirst: Bool, isFree: Bool) -> DatasetError {
        var found = row.abridged(column)
        var remedy = "correct the field or ignore the column"
        // Told from the first row on, so that one text among numbers is none.
        func isOfClassNames(_ column: Int) -> Bool {
            CSVColumnSurvey(column, of: row, hasHeader: names != nil).isOfClassNames
        }
        if isFirst, isFree, isOfClassNames(column), !isOfClassNames(label) {
            found += " in \(words(for: column)), which looks like classes"
            remedy =
                "set data.csv.label to \(key(of: column)) if it is the class, which is taken from "
                + "\(words(for: label)) now; else ignore it by data.csv.ignore"
        }
        if isFirst, names == nil { remedy += ", or say that there is a header" }
        return row.refusal(of: column, found: found, remedy: remedy)
    }
}

extension CSVRows {
    func checkColumns(_ count: Int) throws(DatasetError) {
        if fields.count == count { return }
        throw DatasetError(
            .malformedRow, path, line: line, column: min(fields.count, count) + 1,
            expected: "\(count) columns as in the first row", found: "\(fields.count)",
            remedy: "complete or remove the row, or correct the separator")
    }

    /// Puts the numbers of some columns of the row behind others.
    ///
    /// - Parameter refusal: the error for a column whose field is no number.
    func appendNumbers(
        of columns: [Int], to numbers: RealNumbers, refusal: (CSVRows, Int) -> DatasetError
    ) throws(DatasetError) {
        try numbers.reserve(columns.count)
        for column in columns {
            guard let number = number(column) else { throw refusal(self, column) }
            numbers.append(number)
        }
    }

    /// The error for a field that is no number.
    func refusal(of column: Int, found: String, remedy: String) -> DatasetError {
        DatasetError(
            .invalidNumber, path, line: line, column: column + 1, expected: "a finite 32-bit number", found: found,
            remedy: remedy + hint(column))
    }

    /// The number in a field; nil for what is none or not finite in 32 bits.
    fileprivate func number(_ column: Int) -> Double? {
        let field = fields[column]
        return DecimalNumber.parse(text[field.start..<field.end]).flatMap { Float($0).isFinite ? $0 : nil }
    }

    /// What a field may be instead of a number, to be added to a remedy.
    func hint(_ column: Int) -> String {
        let field = text[fields[column].start..<fields[column].end]
        let comma = UInt8(ascii: ",")
        if field.count(where: { $0 == comma }) == 1 {
            let pointed = field.map { $0 == comma ? UInt8(ascii: ".") : $0 }
            if DecimalNumber.parse(pointed[...]) != nil { return ", or write numbers with a point, not a comma" }
        }
        let other = [UInt8(ascii: ";"), 0x09, UInt8(ascii: "|")].first(where: field.contains)
        return other.map { ", or set data.csv.separator to \(String(UnicodeScalar($0)).debugDescription)" } ?? ""
    }

    func abridged(_ column: Int) -> String {
        let text = string(column)
        return (text.count > 40 ? text.prefix(40) + "…" : text).debugDescription
    }
}

extension CSVFormat {
    func separatorByte() throws(DatasetError) -> UInt8 {
        let isTaken = separator.isNewline || separator.isNumber || separator.isLetter || "\".+-".contains(separator)
        if let byte = separator.asciiValue, !isTaken { return byte }
        throw DatasetError(
            .invalidOption, "separator", expected: "one ASCII character such as , ; or a tab",
            found: String(separator).debugDescription, remedy: "correct the configuration")
    }
}
