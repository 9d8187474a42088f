/// How the feature columns of a table become the features of a sample: found from the training samples alone and kept with the
/// weights, so that every table that is read later is encoded alike.
///
/// A column of numbers is one feature. A column of categories is one feature a level, 1 for the level of the row and 0 for the
/// others (one-hot). Where a missing value is marked, a further feature of the column is 1 for it and 0 otherwise.
///
/// A column of many levels is one feature too, the number of the level, which the network's first layer embeds: 1 for the first level,
/// 0 for none of them. A missing value that no level stands for has the number behind the last one.
public struct TableEncoding: Sendable, Equatable, Codable {
    public struct Column: Sendable, Equatable, Codable {
        public enum Content: Sendable, Equatable, Codable {
            /// - `fill`: stands for a missing number; nil where missing numbers are refused.
            case number(fill: Double?)
            /// - `levels`: in the order of their features: by value where all are integers, else by their text.
            /// - `fill`: place of the level that stands for a missing one; nil where none does.
            case category(levels: [String], fill: Int?)
        }

        public let content: Content
        /// True where a missing value is told from others: by the last feature of the column, or by a number of its own.
        public let marksMissing: Bool
        /// True of categories that are one feature, the number of the level.
        public let isEmbedded: Bool

        public init(_ content: Content, marksMissing: Bool, isEmbedded: Bool = false) {
            self.content = content
            self.marksMissing = marksMissing
            self.isEmbedded = isEmbedded
        }

        /// Features that the column becomes.
        public var featureCount: Int {
            let mark = hasMark ? 1 : 0
            return switch content {
            case .category(let levels, _) where !isEmbedded: levels.count + mark
            default: 1 + mark
            }
        }

        /// True where the last feature is 1 for a missing value and 0 for others.
        var hasMark: Bool {
            guard marksMissing, isEmbedded, case .category(_, let fill) = content else { return marksMissing }
            return fill != nil
        }

        /// Numbers that an embedded column has beside 0: one a level, and one for a missing value that no level stands for.
        var numberCount: Int {
            guard isEmbedded, case .category(let levels, _) = content else { return 0 }
            return levels.count + (marksMissing && !hasMark ? 1 : 0)
        }

        var isCategory: Bool { if case .category = content { true } else { false } }
    }

    /// In the order of ``TableColumns/features``.
    public let columns: [Column]

    public init(_ columns: [Column]) { self.columns = columns }

    /// Features of a sample.
    public var featureCount: Int { columns.reduce(0) { $0 + $1.featureCount } }

    /// Names of the features, [``featureCount``]: `size`, `color=red`, `size is missing`.
    ///
    /// - Parameter names: of the columns; nil without a header, for their places among the features.
    public func featureNames(ofColumns names: [String]?) -> [String] {
        columns.enumerated().flatMap { place, column in
            let name = names?[place] ?? "\(place)"
            let mark = column.hasMark ? ["\(name) is missing"] : []
            return switch column.content {
            case .category(let levels, _) where !column.isEmbedded: levels.map { "\(name)=\($0)" } + mark
            default: [name] + mark
            }
        }
    }

    /// The features that are numbers of levels, for the layer that embeds them.
    public var embeddedFeatures: [EmbeddedFeature] {
        var position = 0
        return columns.enumerated().compactMap { place, column in
            defer { position += column.featureCount }
            guard column.isEmbedded else { return nil }
            return EmbeddedFeature(column: place, position: position, levels: column.numberCount)
        }
    }

    /// By feature: true for a number, which is standardized; false for 0 and 1, and for the number of a level, which stay as they are.
    var areNumbers: [Bool] {
        columns.flatMap { column in
            let count = column.featureCount
            return column.isCategory
                ? [Bool](repeating: false, count: count) : [true] + [Bool](repeating: false, count: count - 1)
        }
    }

    /// False where a file of weights that says this is damaged.
    var isConsistent: Bool {
        columns.allSatisfy { column in
            switch column.content {
            case .number(let fill): return Float(fill ?? 0).isFinite && !column.isEmbedded
            case .category(let levels, let fill):
                return Set(levels).count == levels.count && (fill.map(levels.indices.contains) ?? true)
                    && column.featureCount > 0 && column.numberCount <= CSVFormat.mostLevels
                    && column.isEmbedded == (column.numberCount > 0)
            }
        } && featureCount > 0
    }
}

/// A feature that is the number of a level.
public struct EmbeddedFeature: Sendable, Equatable {
    /// Place of its column among the feature columns.
    public let column: Int
    /// Place among the features of a sample.
    public let position: Int
    /// The largest number; 0 is that of no level.
    public let levels: Int

    public init(column: Int, position: Int, levels: Int) {
        self.column = column
        self.position = position
        self.levels = levels
    }
}

extension TableEncoding.Column {
    private enum Key: String, CodingKey {
        case content, marksMissing, isEmbedded
    }

    /// Weights written before there were embedded columns do not have the key.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        self.init(
            try container.decode(Content.self, forKey: .content),
            marksMissing: try container.decode(Bool.self, forKey: .marksMissing),
            isEmbedded: try container.decodeIfPresent(Bool.self, forKey: .isEmbedded) ?? false)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(content, forKey: .content)
        try container.encode(marksMissing, forKey: .marksMissing)
        if isEmbedded { try container.encode(isEmbedded, forKey: .isEmbedded) }
    }
}

extension TableEncoding {
    /// The first way in which two encodings of the same columns differ: what this one says, and what `other` does.
    func difference(from other: TableEncoding, names: [String]?) -> (expected: String, found: String)? {
        guard self != other else { return nil }
        guard columns.count == other.columns.count else {
            return ("\(columns.count) feature columns", "\(other.columns.count)")
        }
        let place = columns.indices.first { columns[$0] != other.columns[$0] }!
        let title = names.map { "the column \(NameList([$0[place]]))" } ?? "feature column \(place)"
        return ("\(columns[place]) in \(title)", "\(other.columns[place])")
    }
}

extension TableEncoding.Column: CustomStringConvertible {
    /// "numbers", "3 levels (blue, green, red), blue for missing ones".
    public var description: String {
        var text = "numbers"
        if case .category(let levels, _) = content {
            text = "\(levels.count) \(levels.count == 1 ? "level" : "levels") (\(NameList(levels, most: 6)))"
            if isEmbedded { text += ", embedded" }
        }
        return fill == nil && !marksMissing ? text : "\(text), missing values: \(treatmentOfMissing)"
    }

    /// The fill of a missing value, as text.
    private var fill: String? {
        switch content {
        case .number(let fill): fill.map { "\($0)" }
        case .category(let levels, let fill): fill.map { NameList([levels[$0]]).description }
        }
    }

    /// "1.5 in their place", "a feature of their own", or both; "a level of their own" of an embedded column.
    var treatmentOfMissing: String {
        let own = hasMark ? "a feature of their own" : marksMissing ? "a level of their own" : nil
        let text = [fill.map { "\($0) in their place" }, own].compactMap(\.self).joined(separator: " and ")
        return text.isEmpty ? "features of 0" : text
    }
}
