/// A table of text turned into numbers: features of every row and the text of its class.
package struct CSVTable {
    let layout: CSVLayout
    package let classNames: [String]
    /// Its rows, as numbers.
    let samples: RealSamples
    /// What looks otherwise than it was taken.
    package private(set) var warnings: [DataWarning]

    /// - Parameters:
    ///   - task: for a regression the column of the label has numbers.
    ///   - training: the table whose columns and classes this one must have; nil for a training table, whose
    ///     classes are sorted: by value when all are integers, else by their text.
    package init(
        _ input: ByteInput, format: CSVFormat, task: DataTask = .classification, like training: CSVTable? = nil
    ) throws(DatasetError) {
        try self.init(input, format: format, task: task, matching: training.map { TableReference($0) })
    }

    /// - Parameter reference: whose columns and classes this table must have; nil for a training table.
    init(
        _ input: ByteInput, format: CSVFormat, task: DataTask = .classification, matching reference: TableReference?
    ) throws(DatasetError) {
        var rows = CSVRows(
            path: input.path,
            text: try TextEncoding.text(of: input, encoding: format.encoding),
            separator: try format.separatorByte(of: input.path))
        guard try rows.advance() else { throw Self.withoutRows(input.path) }
        if format.labels.columns.count > 1, !task.hasTargets {
            throw DatasetError(
                .invalidOption, "data.csv.label", expected: "one column of classes", found: format.labels.words,
                remedy: "set task: regression to predict several numbers, or multi-label for labels of 0 and 1")
        }
        let layout = try CSVLayout(rows, format: format, like: reference)
        self.layout = layout
        warnings = reference?.warnings(of: layout.names, ignoring: format, rows) ?? []

        var cells = try layout.cells(format, like: reference, rows)
        var labels: [Int32] = []
        var targets: [Double] = []
        var classes = CSVClasses(of: reference)
        let firstLine = rows.line
        var textLabels = (first: false, others: false)
        var more = layout.names == nil ? true : try rows.advance()
        while more {
            try rows.checkColumns(layout.columnCount)
            try cells.append(rows, layout.features) { row, column in
                layout.refusal(of: row, column, isFirst: row.line == firstLine, isFree: reference == nil)
            }
            if task.hasTargets {
                for column in layout.labels { targets.append(try layout.target(of: rows, in: column, task)) }
                labels.append(0)
                more = try rows.advance()
                continue
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
        classNames = task.hasTargets ? [] : order.names
        samples = RealSamples(
            cells.numbers, sampleShape: [layout.features.count],
            labels: task.hasTargets ? labels : labels.map { order.places[Int($0)] },
            classCount: task.hasTargets ? 1 : classNames.count, classNames: task.hasTargets ? nil : classNames,
            targets: task.hasTargets ? targets : nil, featureNames: layout.columns?.features, cells: cells,
            subject: input.path)
        if reference == nil { warnings += [DataWarning.similarNames(classNames, of: input.path)].compactMap(\.self) }
        guard reference == nil else { return }
        warnings += warningOfWordsBeside(format.label, input.path).map { [$0] } ?? []
        if layout.guessesNames { try checkHeader(path: input.path, line: firstLine) }
        if layout.names == nil, format.header == .automatic {
            try checkFirstRow(
                path: input.path, line: firstLine,
                labelIsText: textLabels.first && !textLabels.others && classNames.count > 1)
        }
    }

    /// The rows as they stand, encoded by themselves and cut to 32 bits. Gives up ``samples``: only once.
    package func dataset() throws(DatasetError) -> FloatDataset {
        var samples = samples
        if let encoding = try samples.encoding(over: .range(0..<samples.count)) {
            samples = try samples.encoded(by: encoding).samples
        }
        return try samples.presented(by: nil)
    }

    /// Kinds of the feature columns.
    var kinds: [TableCells.Kind] { samples.cells!.columns.map(\.kind) }

    /// Fields without a value, by feature column.
    var missing: [Int] { samples.cells!.columns.map(\.missing) }

    static func withoutRows(_ path: String) -> DatasetError {
        DatasetError(.empty, path, expected: "at least one row of data", found: "none", remedy: "check the file")
    }
}

extension CSVLayout {
    /// The error for a field that is no number in a column that has numbers.
    ///
    /// - Parameters:
    ///   - row: that has the field.
    ///   - isFirst: whether it is the first row of the file.
    ///   - isFree: whether nothing but the configuration says which column is what.
    fileprivate func refusal(of row: CSVRows, _ column: Int, isFirst: Bool, isFree: Bool) -> DatasetError {
        var remedy = "correct the field or ignore the column"
        let hint = row.hint(column)
        if isFirst, names == nil {
            remedy += ", or say that there is a header"
        } else if isFree, hint.isEmpty {
            let survey = CSVColumnSurvey(column, of: row, hasHeader: names != nil)
            remedy +=
                survey.words > 1 && survey.words * 10 >= survey.rows || survey.integers + survey.decimals == 0
                ? ", or name it in data.csv.categorical=[\(name(of: column))] if its values are categories"
                : ", or list the word in data.csv.missingWords if it means a missing value"
        }
        return row.refusal(of: column, found: row.abridged(column), remedy: remedy)
    }

    /// The columns of features, of which nothing has been read; what they hold where a reference or the configuration tells.
    ///
    /// - Parameter first: at the first row.
    fileprivate func cells(
        _ format: CSVFormat, like reference: TableReference?, _ first: CSVRows
    ) throws(DatasetError) -> TableCells {
        var categories: Set<Int> = []
        if reference == nil {
            for column in format.categorical {
                let place = try place(of: column, first)
                guard features.contains(place) else {
                    throw DatasetError(
                        .invalidOption, "data.csv.categorical", expected: "columns of features",
                        found: words(for: place), remedy: "leave it out: it is the label, or ignored")
                }
                categories.insert(place)
            }
        }
        let columns = features.enumerated().map { index, place in
            TableCells.Column(
                kind: reference?.kinds[index]
                    ?? (categories.contains(place) ? .category(takesNumbers: true) : .unknown),
                title: words(for: place), key: name(of: place))
        }
        let mayBeHeader = names == nil && format.header == .automatic && reference == nil
        return try TableCells(
            columns, format: format, doubtfulLine: mayBeHeader ? first.line : nil, capacity: first.text.count / 4,
            of: first.path)
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

    /// The error for a field that is no number.
    func refusal(of column: Int, found: String, remedy: String) -> DatasetError {
        DatasetError(
            .invalidNumber, path, line: line, column: column + 1, expected: "a finite 32-bit number", found: found,
            remedy: remedy + hint(column))
    }

    /// The number in a field; nil for what is none or not finite in 32 bits.
    func number(_ column: Int) -> Double? {
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

    func abridged(_ column: Int) -> String { string(column).abridged }
}

extension CSVFormat {
    /// - Parameter path: of the file, whose ending tells the separator where nothing else does.
    func separatorByte(of path: String) throws(DatasetError) -> UInt8 {
        guard let separator else {
            let name = [".gz", ".xz", ".zst"].reduce(path.lowercased()[...]) {
                $0.hasSuffix($1) ? $0.dropLast($1.count) : $0
            }
            return name.hasSuffix(".tsv") || name.hasSuffix(".tab") ? 0x09 : UInt8(ascii: ",")
        }
        let isTaken = separator.isNewline || separator.isNumber || separator.isLetter || "\".+-".contains(separator)
        if let byte = separator.asciiValue, !isTaken { return byte }
        throw DatasetError(
            .invalidOption, "separator", expected: "one ASCII character such as , ; or a tab",
            found: String(separator).debugDescription, remedy: "correct the configuration")
    }
}
