/// Something in the data that can be read in one way only, but looks otherwise than it is taken.
public struct DataWarning: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Values of a feature that differ in the file and are the same 32-bit float, or nearly so.
        case lostSpread
        /// Names that differ in spaces or in the Unicode form of their letters alone.
        case similarNames
    }

    public let kind: Kind
    /// Path of the file, or the key, that is meant.
    public let subject: String
    public let found: String
    public let remedy: String

    public init(_ kind: Kind, _ subject: String, found: String, remedy: String) {
        self.kind = kind
        self.subject = subject
        self.found = found
        self.remedy = remedy
    }
}

extension DataWarning: CustomStringConvertible {
    /// One line: `subject: what was found; what to do`.
    public var description: String { "\(subject): \(found); \(remedy)" }
}
