/// What is wrong with a data file, or with how the data are to be used; one line that says where, what was expected,
/// what was found and what to do.
public struct DatasetError: Error, Equatable, Sendable {
    public enum Code: Sendable, Equatable, CaseIterable {
        /// The file or the data root does not exist.
        case missing
        /// The operating system would not open or read the file.
        case unreadable
        /// The file ends before its own header says it should.
        case truncated
        /// Bytes follow the end that the header gives.
        case trailingBytes
        /// The file is not of the format asked for.
        case wrongFormat
        /// A file of labels was given for the images, or the other way round.
        case swapped
        /// Sizes that cannot be: a dimension of zero, more elements than can be addressed, shapes of two files differ.
        case wrongShape
        /// The compressed stream contradicts itself or its checksum.
        case corruptCompression
        /// An image cannot be decoded.
        case corruptImage
        /// As many labels as samples are needed.
        case countMismatch
        /// A label is outside 0 ..< number of classes, or is not among the classes of the training file.
        case labelOutOfRange
        /// A category that the training samples do not have.
        case unknownLevel
        /// There are no samples.
        case empty
        /// A row has too few or too many columns, or a quote is not closed.
        case malformedRow
        /// A field that must be a finite number is not.
        case invalidNumber
        /// A column was named that the file does not have.
        case unknownColumn
        /// A number in the description of the data or of the batches cannot be satisfied.
        case invalidOption
    }

    public let code: Code
    /// Path of the file, or the name of the option, that is wrong.
    public let subject: String
    /// Counted from 1; nil where the place is not a line of text.
    public let line: Int?
    /// Counted from 1, in columns of the table.
    public let column: Int?
    public let expected: String
    public let found: String
    public let remedy: String

    public init(
        _ code: Code, _ subject: String, line: Int? = nil, column: Int? = nil, expected: String, found: String,
        remedy: String
    ) {
        self.code = code
        self.subject = subject
        self.line = line
        self.column = column
        self.expected = expected
        self.found = found
        self.remedy = remedy
    }
}

extension DatasetError: CustomStringConvertible {
    /// `file:line:column: expected …, found …; what to do`.
    public var description: String {
        let place = [subject, line.map(String.init), column.map(String.init)].compactMap(\.self).joined(separator: ":")
        return "\(place): expected \(expected), found \(found); \(remedy)"
    }
}
