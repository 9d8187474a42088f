/// A data set whose samples lie in memory.
protocol StoredDataset: Dataset {
    /// What it takes to present the samples besides ``blocks``.
    var form: StoredForm { get }

    /// Features and labels.
    var blocks: (features: ByteStorage, labels: ByteStorage) { get }
}

/// A stored data set without its samples.
struct StoredForm: Codable, Sendable, Equatable {
    enum Kind: String, Codable {
        case bytes, floats
    }

    var kind: Kind
    var sampleShape: [Int]
    var classCount: Int
    var classNames: [String]?
    /// The byte that stands for the value 1; of sets of bytes.
    var fullScale = 1.0
    var standardization: Standardization?

    /// The set with blocks as such a set had them.
    func dataset(features: ByteStorage, labels: ByteStorage) -> any StoredDataset {
        switch kind {
        case .bytes:
            ByteDataset(
                storage: features, sampleShape: sampleShape, labels: labels, classCount: classCount,
                classNames: classNames, fullScale: fullScale, standardization: standardization)
        case .floats:
            FloatDataset(
                values: features, sampleShape: sampleShape, labels: labels, classCount: classCount,
                classNames: classNames, standardization: standardization)
        }
    }
}
