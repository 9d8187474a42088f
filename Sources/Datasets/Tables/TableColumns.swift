/// What the header of a table of text calls its columns.
public struct TableColumns: Sendable, Equatable {
    /// Names of the features in the order of a sample, [features].
    public let features: [String]
    /// Names of the columns of what is predicted: of the class, or of each target.
    public let labels: [String]
    /// Names of the columns that are neither, in the order of the file.
    public let ignored: [String]

    /// Name of the column of the class, or of the first target.
    public var label: String { labels[0] }

    public init(features: [String], label: String, ignored: [String] = []) {
        self.init(features: features, labels: [label], ignored: ignored)
    }

    /// - Parameter labels: at least one.
    public init(features: [String], labels: [String], ignored: [String] = []) {
        precondition(!labels.isEmpty, "no column of what is predicted")
        self.features = features
        self.labels = labels
        self.ignored = ignored
    }
}

extension TableColumns: Codable {
    private enum Key: String, CodingKey {
        case features, label, labels, ignored
    }

    /// One column is `label`, several are `labels`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let labels = try container.decodeIfPresent([String].self, forKey: .labels) ?? []
        self.init(
            features: try container.decode([String].self, forKey: .features),
            labels: labels.isEmpty ? [try container.decode(String.self, forKey: .label)] : labels,
            ignored: try container.decode([String].self, forKey: .ignored))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(features, forKey: .features)
        if labels.count == 1 {
            try container.encode(label, forKey: .label)
        } else {
            try container.encode(labels, forKey: .labels)
        }
        try container.encode(ignored, forKey: .ignored)
    }
}
