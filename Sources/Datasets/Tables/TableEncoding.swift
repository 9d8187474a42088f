/// How the feature columns of a table become the features of a sample: found from the training samples alone and kept with the
/// weights, so that every table that is read later is encoded alike.
///
/// A column of numbers is one feature. A column of categories is one feature a level, 1 for the level of the row and 0 for the
/// others (one-hot). Where a missing value is marked, a further feature of the column is 1 for it and 0 otherwise.
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
        /// True where the last feature of the column tells that the value is missing.
        public let marksMissing: Bool

        public init(_ content: Content, marksMissing: Bool) {
            self.content = content
            self.marksMissing = marksMissing
        }

        /// Features that the column becomes.
        public var featureCount: Int {
            let mark = marksMissing ? 1 : 0
            return switch content {
            case .number: 1 + mark
            case .category(let levels, _): levels.count + mark
            }
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
            let mark = column.marksMissing ? ["\(name) is missing"] : []
            return switch column.content {
            case .number: [name] + mark
            case .category(let levels, _): levels.map { "\(name)=\($0)" } + mark
            }
        }
    }

    /// By feature: true for a number, which is standardized; false for features of 0 and 1, which stay as they are.
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
            case .number(let fill): return Float(fill ?? 0).isFinite
            case .category(let levels, let fill):
                return Set(levels).count == levels.count && (fill.map(levels.indices.contains) ?? true)
                    && column.featureCount > 0
            }
        } && featureCount > 0
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

    /// "1.5 in their place", "a feature of their own", or both.
    var treatmentOfMissing: String {
        let parts = [fill.map { "\($0) in their place" }, marksMissing ? "a feature of their own" : nil]
        let text = parts.compactMap(\.self).joined(separator: " and ")
        return text.isEmpty ? "features of 0" : text
    }
}
