/// A look over the fields of a column, for the message of a table that cannot be read: what they seem to be.
struct CSVColumnSurvey {
    /// Rows that have the column.
    private(set) var rows = 0
    private(set) var integers = 0
    /// Numbers that are no integers.
    private(set) var decimals = 0
    /// Texts with a letter in them that are no numbers.
    private(set) var words = 0
    /// Different fields; no more are counted than tell many from few.
    private var distinct: Set<[UInt8]> = []

    private static let mostDistinct = 1000

    /// - Parameters:
    ///   - rows: of the table, at any row.
    ///   - hasHeader: whether the first row is no sample.
    ///   - limit: the most rows that are looked at.
    init(_ column: Int, of rows: CSVRows, hasHeader: Bool, limit: Int = .max) {
        var row = rows.fromTheStart
        if hasHeader { _ = try? row.advance() }
        // Another row may be wrong too; this is about the column.
        while self.rows < limit, (try? row.advance()) == true {
            guard column < row.fields.count else { continue }
            self.rows += 1
            let bytes = row.bytes(column)
            if let number = DecimalNumber.parse(bytes[...]) {
                if number == number.rounded() { integers += 1 } else { decimals += 1 }
            } else if String(decoding: bytes, as: UTF8.self).contains(where: \.isLetter) {
                words += 1
            }
            if distinct.count < Self.mostDistinct { distinct.insert(bytes) }
        }
    }

    /// True for a column that measures something: numbers, many of which are no integers. One among integers is a mistake.
    var isContinuous: Bool {
        decimals * 10 >= rows && words * 10 <= rows && decimals > 0 && (decimals > 1 || integers == 0)
    }

    /// True where the fields are words that come again, as names of classes do.
    var isOfClassNames: Bool { words * 10 >= rows * 9 && isOfFewValues }

    /// True where the fields are integers that come again.
    var isOfClassNumbers: Bool { integers == rows && distinct.count * 5 <= rows && distinct.count > 1 }

    private var isOfFewValues: Bool { distinct.count > 1 && (distinct.count * 2 <= rows || rows < 10) }
}
