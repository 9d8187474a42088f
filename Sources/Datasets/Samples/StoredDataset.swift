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
        /// Numbers as an array has them.
        case array
        /// Files of images; the block of features then is their index.
        case images
    }

    var kind: Kind
    var sampleShape: [Int]
    var classCount: Int
    var classNames: [String]?
    /// The byte that stands for the value 1; of sets of bytes.
    var fullScale = 1.0
    var standardization: Standardization?
    /// Scales of real targets, which then stand in the block of the labels, [N, T]; empty for classes.
    var targetScales: [TargetScale] = []
    /// The type of the numbers; of sets that are arrays.
    var element: NPYElement?
    /// What files of images are made into; of sets that are such files.
    var images: ImageForm?

    /// The set with blocks as such a set had them.
    func dataset(features: ByteStorage, labels: ByteStorage) -> any StoredDataset {
        if !targetScales.isEmpty {
            var base = self
            base.targetScales = []
            // The samples take as many labels, which mean nothing, as there are targets of one kind.
            let one = UnsafeRawBufferPointer(rebasing: labels.bytes[..<(labels.bytes.count / targetScales.count)])
            return TargetDataset(
                base.dataset(features: features, labels: ByteStorage(one, of: labels)), targets: labels,
                scales: targetScales)
        }
        return datasetOfClasses(features: features, labels: labels)
    }

    private func datasetOfClasses(features: ByteStorage, labels: ByteStorage) -> any StoredDataset {
        switch kind {
        case .bytes:
            ByteDataset(
                storage: features, sampleShape: sampleShape, labels: labels, classCount: classCount,
                classNames: classNames, fullScale: fullScale, standardization: standardization)
        case .images:
            ByteDataset(
                DecodedImages(ImageIndex(features), images!), labels: labels, classCount: classCount,
                classNames: classNames, standardization: standardization)
        case .floats:
            FloatDataset(
                values: features, sampleShape: sampleShape, labels: labels, classCount: classCount,
                classNames: classNames, standardization: standardization)
        case .array:
            ArrayDataset(
                elements: features, of: element!, sampleShape: sampleShape, labels: labels, classCount: classCount,
                classNames: classNames, standardization: standardization)
        }
    }
}
