/// The rows of a table of text that are to be predicted, read as they are asked for.
struct CSVSampleReader: SampleReader {
    /// With those of levels that the rows read so far have and the training samples have not.
    var warnings: [DataWarning] { looks + levelWarnings }
    private let looks: [DataWarning]
    private var levelWarnings: [DataWarning] = []
    private var unknown: [UnknownLevels]
    private var rows: CSVRows
    private let columns: CSVFeatureColumns
    /// Before anything is read.
    private let cells: [TableCells.Column]
    private let format: CSVFormat
    private let options: LoadOptions
    private let meaning: DataMeaning
    private var done = 0
    /// True where ``rows`` is at a row that has not been read.
    private var isAtRow: Bool

    /// - Throws: what is wrong with the first rows; code `empty` where there is none but a header.
    init(_ input: ByteInput, _ format: CSVFormat, _ options: LoadOptions) throws(DatasetError) {
        self.options = options
        self.format = format
        meaning = options.meaningOfWeights()
        let reference = try TableReference(meaning)
        rows = try CSVRows(
            try TextPieces(input, encoding: format.encoding), separator: try format.separatorByte(of: input.path))
        guard try rows.advance() else { throw CSVTable.withoutRows(input.path) }
        columns = try CSVFeatureColumns(rows, format: format, of: reference)
        looks = reference.warnings(
            of: columns.names, ignoring: format, rows,
            adviceOnUnknown: "check that none of them is a feature under another name")
        cells = zip(columns.features, reference.kinds).map { [columns] place, kind in
            let name = columns.names?[place] ?? ""
            let title = name.isEmpty ? "column \(place)" : "the column \(NameList([name]))"
            return TableCells.Column(kind: kind, title: title, key: name.isEmpty ? "\(place)" : name)
        }
        unknown = Array(repeating: UnknownLevels(), count: cells.count)
        isAtRow = columns.names == nil ? true : try rows.advance()
        if !isAtRow { throw CSVTable.withoutRows(input.path) }
    }

    mutating func next(_ count: Int) throws(DatasetError) -> (any Dataset)? {
        guard isAtRow else { return nil }
        var cells = try TableCells(
            cells, format: format, isOfWeights: true, capacity: count * columns.features.count, of: rows.path)
        var read = 0
        while read < count, isAtRow {
            try rows.checkColumns(columns.columnCount)
            try cells.append(rows, columns.features) { rows, column in
                rows.refusal(
                    of: column, found: rows.abridged(column), remedy: "correct the field, or leave the row out")
            }
            read += 1
            isAtRow = try rows.advance()
        }
        defer { done += read }
        var numbers = cells.numbers
        if let encoding = meaning.encoding {
            let encoded = try encoding.features(of: cells)
            numbers = encoded.numbers
            for column in unknown.indices { unknown[column] += encoded.unknown[column] }
            levelWarnings = try cells.warnings(of: unknown, encodedBy: encoding)
        }
        return try options.present(numbers, of: meaning, first: done, subject: rows.path)
    }
}
