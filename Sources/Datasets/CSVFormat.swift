/// How the rows of a table of text are to be read.
public struct CSVFormat: Sendable, Equatable {
    /// A column by its place, counted from 0 or, when negative, from the end (−1 is the last), or by its name in the
    /// header.
    public enum Column: Sendable, Hashable {
        case index(Int)
        case name(String)
    }

    public enum Header: String, Sendable, CaseIterable {
        /// The first row is one if no feature in it is a number, or if a column is given by name. One of numbers that looks
        /// like a header is refused.
        case automatic = "auto"
        case present = "yes"
        case absent = "no"
    }

    /// Column of the class: integers or any text.
    public var label: Column
    /// Columns that are no features: row numbers, names.
    public var ignored: [Column]
    public var header: Header
    /// One ASCII character, not a quote, line end or digit.
    public var separator: Character
    /// The text's encoding, by a name that the system's iconv knows; nil for UTF-8.
    public var encoding: String?

    public init(
        label: Column = .index(-1), ignored: [Column] = [], header: Header = .automatic, separator: Character = ",",
        encoding: String? = nil
    ) {
        self.label = label
        self.ignored = ignored
        self.header = header
        self.separator = separator
        self.encoding = encoding
    }
}
