/// What a table of text has to agree with: the training table, or what weights were trained on. Where both have a header
/// columns are found by their names, else by their places.
struct TableReference {
    /// Who knows: "the training file" or "the weights".
    let owner: String
    let columns: TableColumns?
    let featureCount: Int
    /// Columns of the whole table; nil where that was not kept.
    let columnCount: Int?
    let classNames: [String]
    /// Kinds of the feature columns, in the order of ``columns``.
    let kinds: [TableCells.Kind]

    init(_ training: CSVTable) {
        owner = "the training file"
        columns = training.layout.columns
        featureCount = training.layout.features.count
        columnCount = training.layout.columnCount
        classNames = training.classNames
        kinds = training.kinds.map { $0.isCategory ? .category(takesNumbers: true) : $0 }
    }

    /// - Throws: where the weights were not trained on a table.
    init(_ meaning: DataMeaning) throws(DatasetError) {
        guard meaning.sampleShape.count == 1, let names = meaning.classNames else {
            throw DatasetError(
                .wrongShape, "data",
                expected: "samples \(meaning.sampleShape) as \(meaning.layout), which the weights "
                    + "were trained on", found: "a table", remedy: "give data of the same kind")
        }
        owner = "the weights"
        columns = meaning.columns
        featureCount = meaning.columnCount!
        kinds =
            meaning.encoding?.columns.map { $0.isCategory ? .category(takesNumbers: true) : .number }
            ?? [TableCells.Kind](repeating: .number, count: featureCount)
        columnCount = meaning.columns.map { $0.features.count + $0.labels.count + $0.ignored.count }
        classNames = names
    }

    /// Whether a row names the columns: the class and at least one feature.
    func isHeader(_ fields: [String]) -> Bool {
        guard let columns else { return false }
        return columns.labels.contains { fields.contains($0) } && columns.features.contains { fields.contains($0) }
    }

    /// The places of the features, in the order of a sample, and of what is predicted among the columns `names` of a table.
    ///
    /// - Parameter first: at the header.
    func places(
        of columns: TableColumns, in names: [String], _ first: CSVRows
    ) throws(DatasetError) -> (features: [Int], labels: [Int]) {
        let features = try places(ofFeatures: columns.features, in: names, first)
        var labels: [Int] = []
        for label in columns.labels {
            guard let place = names.firstIndex(of: label) else {
                throw missing("the label column \(label.debugDescription)", names, first)
            }
            labels.append(place)
        }
        return (features, labels)
    }

    /// The same of the features alone.
    func places(
        ofFeatures features: [String], in names: [String], _ first: CSVRows
    ) throws(DatasetError) -> [Int] {
        var places: [String: Int] = [:]
        for (place, name) in names.enumerated() where places[name] == nil { places[name] = place }
        let lost = features.filter { places[$0] == nil }
        guard lost.isEmpty else {
            throw missing("the feature \(lost.count == 1 ? "column" : "columns") \(NameList(lost))", names, first)
        }
        return features.map { places[$0]! }
    }

    private func missing(_ expected: String, _ names: [String], _ first: CSVRows) -> DatasetError {
        DatasetError(
            .unknownColumn, first.path, line: first.line, expected: "\(expected) of \(owner)",
            found: "the columns \(NameList(names))",
            remedy: (owner == "the weights"
                ? "give data with the columns that the weights were trained on"
                : "give both files the same columns, in any order") + hint(names, first))
    }

    /// Another cause for a header that lacks columns, to be added to a remedy; empty for none.
    private func hint(_ names: [String], _ first: CSVRows) -> String {
        if names.count == 1 { return first.hint(0) }
        let numbers = names.count { DecimalNumber.parse(Array($0.utf8)[...]) != nil }
        return 2 * numbers >= names.count
            ? ", or a header: the first row looks like a sample, and columns are to be found by their names" : ""
    }

    /// What a table that agrees has beside, or lacks.
    ///
    /// - Parameter names: of all its columns; nil without a header.
    func warnings(
        of names: [String]?, ignoring format: CSVFormat, _ first: CSVRows,
        adviceOnUnknown: String = "list them in data.csv.ignore if that is meant"
    ) -> [DataWarning] {
        guard let columns else {
            if names == nil { return [] }
            return [
                DataWarning(
                    .columnsByPlace, first.path,
                    found:
                        "has a header, unlike \(owner == "the weights" ? "the file that the weights were trained on" : owner); "
                        + "its columns are taken by their place",
                    remedy: owner == "the weights"
                        ? "check that they stand in the same order"
                        : "give both a header, so that they are found by name")
            ]
        }
        guard let names else {
            return [
                DataWarning(
                    .columnsByPlace, first.path,
                    found:
                        "has no header; its columns are taken by their place as \(NameList(columns.features)) of \(owner)",
                    remedy: "give it a header, so that they are found by name")
            ]
        }
        let known = Set(columns.features + columns.labels + columns.ignored)
        let unknown = names.filter { !known.contains($0) && !format.ignored.contains(.name($0)) }
        if unknown.isEmpty { return [] }
        return [
            DataWarning(
                .unknownColumns, first.path,
                found: "columns unknown to \(owner) are ignored: \(NameList(unknown))",
                remedy: adviceOnUnknown)
        ]
    }

    func check(columnCount count: Int, featureCount: Int, _ first: CSVRows) throws(DatasetError) {
        func wrong(_ expected: String, _ found: String) -> DatasetError {
            DatasetError(
                .wrongShape, first.path, line: first.line, expected: expected, found: found,
                remedy: owner == "the weights"
                    ? "give data with the columns that the weights were trained on"
                    : "give training and test files of one data set")
        }
        if let columnCount, count != columnCount {
            throw wrong("\(columnCount) columns as in \(owner)", "\(count)")
        }
        if featureCount != self.featureCount {
            throw wrong("\(self.featureCount) feature columns as in \(owner)", "\(featureCount)")
        }
    }
}
