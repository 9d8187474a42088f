/// A table of the paths of images and their classes.
struct ImageList: ImageListing {
    let path: String
    private var rows: CSVRows
    /// True where the row last read is a sample that was not given yet.
    private var isWaiting: Bool

    /// - Throws: where there is no sample in it.
    init(path: String) throws(DatasetError) {
        self.path = path
        rows = CSVRows(path: path, text: try ByteInput(path: path).readToEnd(), separator: UInt8(ascii: ","))
        isWaiting = try rows.advance()
        // A first row whose first field looks like no path is a header.
        if isWaiting {
            try Self.check(rows)
            if !rows.string(0).contains(where: { $0 == "." || $0 == "/" }) { isWaiting = try rows.advance() }
        }
        guard isWaiting else {
            throw DatasetError(
                .empty, path, expected: "rows of a path and a class", found: "none", remedy: "check the file")
        }
    }

    mutating func next() throws(DatasetError) -> ListedImage? {
        guard isWaiting else { return nil }
        try Self.check(rows)
        let (name, className) = (rows.string(0), rows.string(1))
        if name.isEmpty || className.isEmpty {
            throw DatasetError(
                .malformedRow, path, line: rows.line, column: name.isEmpty ? 1 : 2, expected: "a path and a class",
                found: "an empty field", remedy: "complete or remove the row")
        }
        let file = name.hasPrefix("/") ? name : folder + name
        do throws(DatasetError) {
            try ByteInput.check(path: file)
        } catch {
            throw DatasetError(
                error.code, path, line: rows.line, column: 1, expected: "the path of an image",
                found: "\(name.debugDescription), and \(file) is \(error.found == "none" ? "not there" : error.found)",
                remedy: "correct the path, which starts from the folder of the list")
        }
        isWaiting = try rows.advance()
        return ListedImage(name: file, className: className)
    }

    /// Folder of the list, with the slash behind it; empty for the current one.
    private var folder: String {
        path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    }

    private static func check(_ rows: CSVRows) throws(DatasetError) {
        if rows.fields.count == 2 { return }
        throw DatasetError(
            .malformedRow, rows.path, line: rows.line, expected: "two columns, path and class, separated by a comma",
            found: "\(rows.fields.count)", remedy: "write both alone, in quotes where they have a comma in them")
    }
}
