/// What the header of a table of text calls its columns.
public struct TableColumns: Sendable, Equatable, Codable {
    /// Names of the features in the order of a sample, [features].
    public let features: [String]
    /// Name of the column of the class.
    public let label: String
    /// Names of the columns that are neither, in the order of the file.
    public let ignored: [String]

    public init(features: [String], label: String, ignored: [String] = []) {
        self.features = features
        self.label = label
        self.ignored = ignored
    }
}
