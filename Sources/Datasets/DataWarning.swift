/// Something in the data that can be read in one way only, but looks otherwise than it is taken.
public struct DataWarning: Sendable, Equatable, Codable {
    public enum Kind: String, Sendable, Codable, CaseIterable {
        /// Values of a feature that differ in the file and are the same 32-bit float, or nearly so.
        case lostSpread
        /// Names that differ in spaces or in the Unicode form of their letters alone.
        case similarNames
        /// A table without a header, whose columns are therefore taken by their place.
        case columnsByPlace
        /// Columns that the training file, or the weights, do not have.
        case unknownColumns
        /// Files of a folder that are not read.
        case ignoredFiles
        /// Categories that the training samples do not have.
        case unknownLevels
        /// Classes whose names are usual for labels that are missing.
        case missingLabels
        /// Labels that are numbers with gaps, or not counted from 0.
        case gapsInLabels
        /// More classes than there are samples for, or a label that is a measured number.
        case manyClasses
        case oneClass
        /// Classes of which a set has no sample, or the training set a single one.
        case classWithoutSamples
        /// Features with one value.
        case constantFeatures
        /// Features that count the rows.
        case rowNumbers
        /// A feature whose name is usual for the label.
        case otherLabel
        /// Test samples that are training samples.
        case repeatedSamples
        /// Dimensions of samples in another order than they are taken.
        case layout
        /// A batch of more samples than there are.
        case largeBatch
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
