/// Samples in memory with their labels, as a format of a user's own reads them.
public struct SampleArrays: Sendable {
    /// [N, …`shape`], finite.
    public var features: [Float]
    /// Shape of a sample: [features] or [C, H, W].
    public var shape: [Int]
    /// [N], each in 0 ..< `classCount`.
    public var labels: [Int32]
    public var classCount: Int
    public var classNames: [String]?

    public init(features: [Float], shape: [Int], labels: [Int32], classCount: Int, classNames: [String]? = nil) {
        self.features = features
        self.shape = shape
        self.labels = labels
        self.classCount = classCount
        self.classNames = classNames
    }

    /// - Parameter subject: what the samples are, for errors: the name of a file.
    fileprivate func samples(_ subject: String) throws(DatasetError) -> RealSamples {
        guard [1, 3].contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
            throw error(.wrongShape, subject, "samples of [features] or [C, H, W]", "\(shape)")
        }
        guard features.count == labels.count * shape.reduce(1, *) else {
            throw error(
                .countMismatch, subject, "\(labels.count) samples of \(shape)", "\(features.count) numbers")
        }
        if let index = features.firstIndex(where: { !$0.isFinite }) {
            throw error(.invalidNumber, subject, "finite numbers", "\(features[index]) at place \(index)")
        }
        if let index = labels.firstIndex(where: { $0 < 0 || $0 >= classCount }) {
            throw error(
                .labelOutOfRange, subject, "labels in 0 ..< \(classCount)", "\(labels[index]) of sample \(index)")
        }
        let numbers = try RealNumbers(.single, capacity: features.count, for: subject)
        for feature in features { numbers.append(feature) }
        return RealSamples(
            numbers, sampleShape: shape, labels: labels, classCount: classCount, classNames: classNames,
            subject: subject)
    }

    private func error(
        _ code: DatasetError.Code, _ subject: String, _ expected: String, _ found: String
    ) -> DatasetError {
        DatasetError(code, subject, expected: expected, found: found, remedy: "correct the format that reads it")
    }
}

extension LoadOptions {
    /// Loaded data of samples in memory: a part of the training ones is held out, their statistics are applied to all, and
    /// the ranks of a node can share them.
    public func prepare(
        train: SampleArrays, test: SampleArrays, subject: String
    ) throws(DatasetError) -> LoadedData {
        guard test.shape == train.shape, test.classCount == train.classCount else {
            throw DatasetError(
                .wrongShape, subject,
                expected: "test samples of \(train.shape) and \(train.classCount) classes like those for training",
                found: "\(test.shape) and \(test.classCount)", remedy: "give training and test samples of one data set")
        }
        return try prepare(DataParts(train: try train.samples(subject), test: try test.samples(subject)))
    }
}
