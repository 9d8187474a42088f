/// The rows of a text of separated fields, one after another.
///
/// A field may stand in double quotes, in which a quote is written twice and separators and line ends are text
/// (RFC 4180). Lines end in LF, CR LF or CR; empty ones are passed over; spaces around a field do not count.
struct CSVRows {
    /// Bytes `start` ..< `end` of the text, without the quotes.
    struct Field {
        var start: Int
        var end: Int
        var isQuoted = false
        var hasDoubledQuotes = false

        var isEmpty: Bool { start == end }
    }

    let path: String
    /// All of the text, or the part of it that has been read and not been gone over.
    private(set) var text: [UInt8]
    /// Fields of the row last read.
    private(set) var fields: [Field] = []
    /// Line on which it begins, counted from 1.
    private(set) var line = 0

    private let separator: UInt8
    private var next = 0
    private var nextLine = 1
    /// Where the row begins that is being read.
    private var rowStart = 0
    /// The rest behind ``text``; nil where there is none.
    private var pieces: TextPieces?

    init(path: String, text: [UInt8], separator: UInt8) {
        self.path = path
        self.text = text
        self.separator = separator
        // The byte order mark of UTF-8.
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { next = 3 }
    }

    /// The rows of a file that is read as they are gone over.
    init(_ pieces: TextPieces, separator: UInt8) throws(DatasetError) {
        var pieces = pieces
        self.init(path: pieces.path, text: try pieces.next(), separator: separator)
        try TextEncoding.check(text, path)
        self.pieces = pieces
    }

    /// The same rows, before the first one; where all of the text is there.
    var fromTheStart: CSVRows { CSVRows(path: path, text: text, separator: separator) }

    /// Goes to the next row that is not empty; false at the end of the text.
    mutating func advance() throws(DatasetError) -> Bool {
        while true {
            if next == text.count, try !readOn() { return false }
            (line, rowStart) = (nextLine, next)
            fields.removeAll(keepingCapacity: true)
            try readWholeRow()
            if fields.count > 1 || !fields[0].isEmpty || fields[0].isQuoted { return true }
        }
    }

    /// Reads the row at `next`, whose end may not have been read from the file.
    private mutating func readWholeRow() throws(DatasetError) {
        while pieces != nil {
            do throws(DatasetError) {
                try readRow()
                if next < text.count { return }
            } catch {
                // The closing quote may come.
                if next < text.count { throw error }
            }
            (next, nextLine) = (rowStart, line)
            fields.removeAll(keepingCapacity: true)
            _ = try readOn()
        }
        try readRow()
    }

    /// Puts more of the file behind the rest of the text, from the present row on; false where there is no more.
    private mutating func readOn() throws(DatasetError) -> Bool {
        guard var pieces else { return false }
        let rest = text[next...]
        // A long row is gone over again as often as its length doubles.
        let piece = try pieces.next(atLeast: rest.count)
        guard !piece.isEmpty else {
            self.pieces = nil
            return false
        }
        self.pieces = pieces
        text = Array(rest) + piece
        (next, rowStart) = (0, 0)
        try TextEncoding.check(text, from: rest.count, firstLine: nextLine, path)
        return true
    }

    /// The text of field `column` of the row last read.
    func string(_ column: Int) -> String { String(decoding: bytes(column), as: UTF8.self) }

    /// The same in UTF-8.
    func bytes(_ column: Int) -> [UInt8] {
        let field = fields[column]
        let bytes = text[field.start..<field.end]
        return field.hasDoubledQuotes ? Self.withoutDoubledQuotes(bytes) : Array(bytes)
    }

    private mutating func readRow() throws(DatasetError) {
        while true {
            var field = Field(start: next, end: next)
            skipSpaces()
            if next < text.count, text[next] == quote {
                field = try readQuoted()
            } else {
                field.start = next
                while next < text.count, text[next] != separator, !isLineEnd(text[next]) { next += 1 }
                field.end = next
                while field.end > field.start, isSpace(text[field.end - 1]) { field.end -= 1 }
            }
            fields.append(field)
            guard next < text.count else { return }
            let wasSeparator = text[next] == separator
            if text[next] == carriageReturn, next + 1 < text.count, text[next + 1] == lineFeed { next += 1 }
            next += 1
            if !wasSeparator {
                nextLine += 1
                return
            }
        }
    }

    /// Leaves `next` at the separator, the line feed or the end after the field.
    private mutating func readQuoted() throws(DatasetError) -> Field {
        next += 1
        var field = Field(start: next, end: next, isQuoted: true)
        while true {
            guard next < text.count else { throw malformed("a closing quote", "the end of the file") }
            let isWithinPair = text[next] == carriageReturn && next + 1 < text.count && text[next + 1] == lineFeed
            if isLineEnd(text[next]), !isWithinPair { nextLine += 1 }
            if text[next] == quote {
                guard next + 1 < text.count, text[next + 1] == quote else { break }
                field.hasDoubledQuotes = true
                next += 1
            }
            next += 1
        }
        field.end = next
        next += 1
        skipSpaces()
        if next < text.count, text[next] != separator, !isLineEnd(text[next]) {
            throw malformed("a separator after the closing quote", "further text")
        }
        return field
    }

    private mutating func skipSpaces() {
        while next < text.count, isSpace(text[next]) { next += 1 }
    }

    private func isSpace(_ byte: UInt8) -> Bool { (byte == 0x20 || byte == 0x09) && byte != separator }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == lineFeed || byte == carriageReturn }

    private func malformed(_ expected: String, _ found: String) -> DatasetError {
        DatasetError(
            .malformedRow, path, line: line, column: fields.count + 1, expected: expected, found: found,
            remedy: "correct the quotes of this row")
    }

    private static func withoutDoubledQuotes(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var previousWasQuote = false
        for byte in bytes {
            previousWasQuote = byte == quote && !previousWasQuote
            if byte != quote || previousWasQuote { result.append(byte) }
        }
        return result
    }
}

private let quote: UInt8 = 0x22
private let lineFeed: UInt8 = 0x0A
private let carriageReturn: UInt8 = 0x0D
