/// The classes of a table, in the order in which they are met. Names are told apart by their bytes.
struct CSVClasses {
    /// Whose classes are known; nil where the table tells them.
    private let owner: String?
    private var names: [String]
    /// By class: true where the name is no integer.
    private var areTexts: [Bool] = []
    private var places: [[UInt8]: Int32] = [:]
    /// Two strings are equal when their letters are, however these are composed.
    private var spellings: Set<String> = []

    init(of reference: TableReference?) {
        owner = reference?.owner
        names = reference?.classNames ?? []
        for (place, name) in names.enumerated() { places[Array(name.utf8)] = Int32(place) }
        spellings = Set(names)
    }

    /// True for a class that was met here under a name that is no integer.
    func isText(_ label: Int32) -> Bool { owner == nil && areTexts[Int(label)] }

    mutating func label(of rows: CSVRows, _ layout: CSVLayout) throws(DatasetError) -> Int32 {
        let column = layout.label
        let bytes = rows.bytes(column)
        if let place = places[bytes] { return place }
        let text = String(decoding: bytes, as: UTF8.self)
        let name = try canonical(text, rows, layout)
        if let place = places[Array(name.utf8)] {
            places[bytes] = place
            return place
        }
        if spellings.contains(name) {
            throw DatasetError(
                .labelOutOfRange, rows.path, line: rows.line, column: column + 1,
                expected: "each class in one Unicode form",
                found: "\(rows.abridged(column)) in two, composed and decomposed",
                remedy: "normalize the labels, in Python by unicodedata.normalize(\"NFC\", label)")
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
        areTexts.append(Int(name) == nil)
        spellings.insert(name)
        places[Array(name.utf8)] = place
        places[bytes] = place
        return place
    }

    /// Integers without leading zeros, plus signs and fractions of zero: 3 for 03, +3 and 3.0.
    private func canonical(_ text: String, _ rows: CSVRows, _ layout: CSVLayout) throws(DatasetError) -> String {
        if let integer = DecimalNumber.integer(text) { return integer }
        let number = DecimalNumber.parse(ArraySlice(text.utf8))
        if let number, number != number.rounded() {
            // Where the classes are known it is none of them.
            guard owner == nil else { return text }
            throw layout.refusalOfDecimalLabel(rows)
        }
        if text.isEmpty || number != nil {
            throw DatasetError(
                .labelOutOfRange, rows.path, line: rows.line, column: layout.label + 1,
                expected: text.isEmpty
                    ? "a class: an integer or a text" : "a class: an integer of at most 64 bits, or a text",
                found: rows.abridged(layout.label), remedy: "check which column is the label")
        }
        return text
    }

    /// The names in their final order, and where each class met goes in it.
    func sorted() -> (names: [String], places: [Int32]) {
        if owner != nil { return (names, (0..<Int32(names.count)).map(\.self)) }
        let order = names.placesInOrder
        var places = [Int32](repeating: 0, count: names.count)
        for (place, index) in order.enumerated() { places[index] = Int32(place) }
        return (order.map { names[$0] }, places)
    }
}

extension [String] {
    /// Places of the names in the order of classes and levels: by value where all are integers, else by their text.
    var placesInOrder: [Int] {
        let integers = compactMap { Int($0) }
        return integers.count == count
            ? indices.sorted { integers[$0] < integers[$1] } : indices.sorted { self[$0] < self[$1] }
    }
}

extension CSVLayout {
    /// - Parameter row: whose label is a number and no integer.
    fileprivate func refusalOfDecimalLabel(_ row: CSVRows) -> DatasetError {
        func survey(_ column: Int, limit: Int = .max) -> CSVColumnSurvey {
            CSVColumnSurvey(column, of: row, hasHeader: names != nil, limit: limit)
        }
        let labels = survey(label)
        guard labels.isContinuous else {
            return DatasetError(
                .labelOutOfRange, row.path, line: row.line, column: label + 1,
                expected: "a class: an integer or a text", found: row.abridged(label),
                remedy: "correct the field, or check which column is the label: classification needs class labels, not "
                    + "measured numbers")
        }
        let others = features.filter { survey($0, limit: 1000).isOfClassNumbers }
        return DatasetError(
            .labelOutOfRange, row.path, line: row.line, column: label + 1, expected: "class labels (integers or texts)",
            found: "\(row.abridged(label)) in \(words(for: label)), which looks continuous (\(labels.decimals) of "
                + "\(labels.rows) labels are decimals)",
            remedy: "set task: regression to predict the number, or data.csv.label to the column that has class labels"
                + (others.count == 1 ? ", perhaps \(key(of: others[0]))" : ""))
    }
}

extension DataWarning {
    /// One for names of classes that differ in what cannot be seen alone: spaces around or between words, characters without
    /// width.
    static func similarNames(_ names: [String], of path: String) -> DataWarning? {
        var first: [String: String] = [:]
        for name in names {
            let visible = visible(name)
            if let other = first[visible] {
                return DataWarning(
                    .similarNames, path,
                    found: "the classes \(other.debugDescription) and \(name.debugDescription) differ in invisible "
                        + "characters alone (\(difference(other, name)))",
                    remedy: "write a class in one way")
            }
            first[visible] = name
        }
        return nil
    }

    private static func visible(_ name: String) -> String {
        let widthless: Set<Unicode.Scalar> = ["\u{200B}", "\u{200C}", "\u{200D}", "\u{2060}", "\u{FEFF}", "\u{AD}"]
        var scalars = String.UnicodeScalarView()
        scalars.append(contentsOf: name.unicodeScalars.lazy.filter { !widthless.contains($0) })
        return String(scalars).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// Lengths, which tell apart what looks the same.
    private static func difference(_ one: String, _ other: String) -> String {
        let (first, second) = (one.unicodeScalars.count, other.unicodeScalars.count)
        return first == second ? "\(first) characters each" : "\(first) and \(second) characters"
    }
}
