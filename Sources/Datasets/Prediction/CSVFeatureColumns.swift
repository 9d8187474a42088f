/// Where the features stand in a table whose samples are to be predicted: without labels, or with labels that are passed over.
struct CSVFeatureColumns {
    /// Columns of the whole table.
    let columnCount: Int
    /// Places of the features, in the order of a sample.
    let features: [Int]
    /// Names of all columns, if the first row gives them.
    let names: [String]?

    /// Finds the features by their names where weights and table have names, else by their places.
    ///
    /// - Parameters:
    ///   - first: at the first row.
    ///   - reference: of the weights.
    /// - Throws: where features are missing, or the table has neither the features alone nor the columns that there were when the
    ///   weights were trained.
    init(_ first: CSVRows, format: CSVFormat, of reference: TableReference) throws(DatasetError) {
        columnCount = first.fields.count
        let fields = (0..<columnCount).map { first.string($0) }
        if Self.isHeader(fields, first, format, of: reference) {
            names = fields
            if let columns = reference.columns {
                features = try reference.places(ofFeatures: columns.features, in: fields, first)
                try CSVLayout.checkNames(fields, used: features, first)
                return
            }
        } else {
            names = nil
        }
        features = try Self.features(byPlaceIn: first, format, of: reference)
    }

    /// True where the first row has names: all features of the weights, or one that cannot be taken for a number, or nothing but words.
    private static func isHeader(
        _ fields: [String], _ first: CSVRows, _ format: CSVFormat, of reference: TableReference
    ) -> Bool {
        if format.header != .automatic { return format.header == .present }
        let known = Set(reference.columns?.features ?? [])
        let found = known.intersection(fields)
        return found.count == known.count && !known.isEmpty
            || found.contains { DecimalNumber.parse(Array($0.utf8)[...]) == nil }
            || CSVLayout.looksLikeHeader(first, Array(fields.indices), format)
    }

    private static func features(
        byPlaceIn first: CSVRows, _ format: CSVFormat, of reference: TableReference
    ) throws(DatasetError) -> [Int] {
        let count = first.fields.count
        if count == reference.featureCount { return Array(0..<count) }
        // As the training table had them: known where the configuration tells places.
        let others = format.labels.columns + format.ignored
        let places = others.compactMap { (column) -> Int? in
            guard case .index(let index) = column else { return nil }
            let place = index < 0 ? count + index : index
            return (0..<count).contains(place) ? place : nil
        }
        let features = (0..<count).filter { !places.contains($0) }
        if places.count == others.count, features.count == reference.featureCount { return features }
        let list = reference.columns.map { ", \(NameList($0.features))" } ?? ""
        throw DatasetError(
            .wrongShape, first.path, line: first.line,
            expected: "the \(reference.featureCount) feature columns of \(reference.owner)\(list)",
            found: "\(count) \(count == 1 ? "column" : "columns") without names",
            remedy: (reference.columns == nil ? "give these columns alone" : "give a header, or these columns alone")
                + (count == 1 ? first.hint(0) : ""))
    }
}
