import Settings

/// How the rows of a table of text are to be read.
public struct CSVFormat: Configurable, Equatable {
    /// A column by its place, counted from 0 or, when negative, from the end (−1 is the last), or by its name in the
    /// header.
    public enum Column: Sendable, Hashable {
        case index(Int)
        case name(String)
    }

    public enum Header: String, CaseIterable, SettingValue {
        /// The first row is one if no feature in it is a number, or if a column is given by name. One of numbers that looks
        /// like a header is refused.
        case automatic = "auto"
        case present = "yes"
        case absent = "no"
    }

    /// The number that stands for a missing one.
    public enum MissingValues: String, CaseIterable, SettingValue {
        case refuse, mean, median
        case mostFrequent = "most-frequent"
    }

    /// The treatment of a category that the training samples do not have.
    public enum UnknownLevels: String, CaseIterable, SettingValue {
        case zeros, refuse
    }

    /// Columns of what is predicted: one of the class, integers or any text; or those of one or several targets.
    public var labels = Labels([.index(-1)])
    /// Columns that are no features: row numbers, names.
    public var ignored: [Column] = []
    public var header = Header.automatic
    /// One ASCII character, not a quote, line end or digit; nil for a tab in files whose name ends in .tsv or .tab, and a comma
    /// in others.
    public var separator: Character?
    /// The text's encoding, by a name that the system's iconv knows; nil for UTF-8.
    public var encoding: String?

    /// Feature columns of categories whose values may be numbers; those whose values are words are categories anyway.
    public var categorical: [Column] = []
    /// Levels up to which each is a feature of 0 or 1; a column of more is one feature that the network embeds.
    public var embedAbove = 64
    public var maximumLevels = 10_000
    public var unknownLevels = UnknownLevels.zeros
    public var missing = MissingValues.refuse
    /// Words that mean a missing value, as an empty field does.
    public var missingWords = ["NA", "N/A", "NaN", "nan", "?", "null", "NULL"]
    /// True where a feature of 0 or 1 tells that the value of a column is missing.
    public var missingIndicator = false

    /// The column of the class, or of the first target.
    public var label: Column {
        get { labels.columns[0] }
        set { labels = Labels([newValue]) }
    }

    /// The most that 32-bit floats count.
    static let mostLevels = 1 << 24

    public init() {}

    public init(
        label: Column = Self().label, ignored: [Column] = [], header: Header = Self().header,
        separator: Character? = nil, encoding: String? = nil
    ) {
        self.label = label
        self.ignored = ignored
        self.header = header
        self.separator = separator
        self.encoding = encoding
    }
}

extension CSVFormat {
    public static let settings: [Setting<Self>] = [
        .init(
            "header", \.header,
            "a first row with the names of the columns: yes, no, or auto, where no feature in it is a number or a column is "
                + "given by name"),
        .init(
            "separator", \.separator,
            "character between two fields, or tab; null: a tab in files that end in .tsv or .tab, a comma in others",
            writesNull: false),
        .init(
            "label", \.labels, .named,
            "column of the class: by its place from 0, or from the end with -1 for the last; or by its name in the header; "
                + "with task: regression or multi-label a list of several"
        ),
        .init(list: "ignore", \.ignored, nil, "columns that are neither feature nor label"),
        .init(
            "encoding", \.encoding, form: .text("the name of an encoding", plural: "encodings"),
            "encoding of the text by a name that iconv knows, such as latin1 or windows-1251; null: UTF-8",
            writesNull: false),
        .init(
            list: "categorical", \.categorical, nil,
            "columns of categories whose values are numbers too; columns of words are categories anyway"),
        .init(
            "embedAbove", \.embedAbove, .from(0, through: mostLevels), unit: "levels",
            "levels of a column of categories up to which each becomes a feature of 0 or 1; a column of more is embedded, each level "
                + "as numbers that are learnt"),
        .init(
            "maximumLevels", \.maximumLevels, .from(1, through: mostLevels), unit: "levels",
            "most levels of a column of categories"),
        .init(
            "unknownLevels", \.unknownLevels,
            "level that the training samples do not have: zeros in all features of its column, with a warning, or refuse"
        ),
        .init(
            "missing", \.missing,
            "number that stands for a missing one, of the training samples; a missing category is a level of its own, with "
                + "most-frequent the most frequent level"),
        .init(
            list: "missingWords", \.missingWords, form: .text("a word", plural: "words"),
            "words that mean a missing value, as an empty field does"),
        .init(
            "missingIndicator", \.missingIndicator,
            "a further feature that is 1 where the value is missing, for columns with missing values in the training samples"
        ),
    ]

    public var contradiction: Contradiction? {
        if let twice = labels.columns.indices.first(where: { labels.columns[..<$0].contains(labels.columns[$0]) }) {
            return Contradiction("label", "expected each column once, found \(labels.columns[twice].words) twice")
        }
        if ignored.contains(where: labels.columns.contains) {
            return Contradiction("ignore", "expected columns other than the label, found the label")
        }
        if categorical.contains(where: labels.columns.contains) {
            return Contradiction("categorical", "expected columns other than the label, found the label")
        }
        if let column = categorical.first(where: ignored.contains) {
            return Contradiction("categorical", "expected columns that are not ignored, found \(column.words)")
        }
        guard header == .absent else { return nil }
        for case .name(let name) in categorical {
            return Contradiction(
                "categorical", "expected numbers, as there is no header; found \(name.debugDescription)")
        }
        for case .name(let name) in labels.columns {
            return Contradiction("label", "expected a number, as there is no header; found \(name.debugDescription)")
        }
        for case .name(let name) in ignored {
            return Contradiction("ignore", "expected numbers, as there is no header; found \(name.debugDescription)")
        }
        return nil
    }
}

extension CSVFormat.Column: SettingValue {
    /// An unquoted integer is a position, other text a name; so "7" in quotes is a column named 7, and "" one without a
    /// name, as data frames leave their index.
    public init?(_ node: ConfigurationNode) {
        guard case .scalar(let text, _) = node.content else { return nil }
        self = node.plainText.flatMap { Int($0) }.map(Self.index) ?? .name(text)
    }

    public var written: WrittenValue {
        switch self {
        case .index(let index): index.written
        case .name(let name): name.written
        }
    }

    public static var form: ValueForm {
        ValueForm(
            "a column number or name", plural: "columns",
            schema: [.init("type", .list([.text("integer"), .text("string")]))])
    }

    var words: String {
        switch self {
        case .index(-1): "the last column"
        case .index(let index): "column \(index)"
        case .name(let name): name
        }
    }
}

extension CSVFormat {
    /// One or several columns.
    public struct Labels: Sendable, Hashable {
        public let columns: [Column]

        /// - Parameter columns: at least one.
        public init(_ columns: [Column]) {
            precondition(!columns.isEmpty, "no column of what is predicted")
            self.columns = columns
        }

        var words: String { columns.map(\.words).joined(separator: ", ") }
    }
}

extension CSVFormat.Labels: SettingValue {
    public init?(_ node: ConfigurationNode) {
        guard case .sequence(let elements) = node.content else {
            guard let column = CSVFormat.Column(node) else { return nil }
            self.init([column])
            return
        }
        let columns = elements.compactMap(CSVFormat.Column.init)
        guard !columns.isEmpty, columns.count == elements.count else { return nil }
        self.init(columns)
    }

    public var written: WrittenValue { columns.count == 1 ? columns[0].written : .list(columns.map(\.written)) }

    public static var form: ValueForm {
        ValueForm(
            "a column number or name, or a list of them",
            schema: [.init("type", .list([.text("integer"), .text("string"), .text("array")]))])
    }
}

extension Limit<CSVFormat.Labels> {
    /// None without a name.
    fileprivate static var named: Self { Self("") { !$0.columns.contains(.name("")) } }
}
