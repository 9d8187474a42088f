import Settings

/// The four files of a data set of NumPy arrays, each plain or compressed with gzip or xz: bytes are kept as they stand,
/// other numbers as reals.
public struct NPYFiles: DataFormat, Equatable {
    public var trainFeatures = ""
    public var trainLabels = ""
    public var testFeatures = ""
    public var testLabels = ""
    /// Names of the classes, in the order of the labels; also their number. Nil: one more than the largest label
    /// of the training file.
    public var classNames: [String]?

    public init() {}

    public init(
        trainFeatures: String, trainLabels: String, testFeatures: String, testLabels: String,
        classNames: [String]? = nil
    ) {
        self.trainFeatures = trainFeatures
        self.trainLabels = trainLabels
        self.testFeatures = testFeatures
        self.testLabels = testLabels
        self.classNames = classNames
    }

    public static let name = "npy"
    public static let settings: [Setting<Self>] = [
        .files(
            "train", "features", \.trainFeatures, labels: \.trainLabels,
            "file of the training samples, [N, features], [N, H, W] or [N, C, H, W] of numbers; bytes of images are scaled "
                + "to 0 to 1"),
        .files(
            "test", "features", \.testFeatures, labels: \.testLabels,
            "file of the test samples, of the same shape but for N"),
        .classNames(\.classNames, "null: one class more than the largest label of the training file"),
    ]

    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public static var hasTargets: Bool { true }
    public var classCount: Int? { classNames?.count }
    public var trainingFiles: [String] { [trainFeatures, trainLabels] }

    public mutating func takeTestFilesAlone() { (trainFeatures, trainLabels) = (testFeatures, testLabels) }

    public mutating func take(testFiles: [String]) throws(UnsuitableFiles) {
        guard testFiles.count == 2 else {
            throw UnsuitableFiles(expected: "two files, of the features and of the labels")
        }
        (testFeatures, testLabels) = (testFiles[0], testFiles[1])
    }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        let (train, test) = try parts(from: root, options)
        let path = try root.path(trainLabels)
        let targets = train.targets.map { RealTargets(train: $0, test: test.targets, subject: path) }
        if train.isOfBytes {
            var parts = DataParts(
                train: try train.readBytes(classNames), test: try test.readBytes(classNames), warnings: train.warnings)
            parts.targets = targets
            return try options.prepare(parts)
        }
        var parts = DataParts(
            train: try train.readReals(classNames), test: try test.readReals(classNames), warnings: train.warnings)
        parts.targets = targets
        return try options.prepare(parts)
    }
}

extension NPYFiles {
    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try NPYSampleReader(try ByteInput(path: file), options)
    }

    /// Training and test samples with the shapes, types, classes and number of labels checked against each other.
    private func parts(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> (
        train: NPYPart, test: NPYPart
    ) {
        let train = try NPYPart(
            features: try ByteInput(path: try root.path(trainFeatures)),
            labels: try ByteInput(path: try root.path(trainLabels)),
            classCount: options.meaning?.classCount ?? classNames?.count, task: options.task)
        let test = try NPYPart(
            features: try ByteInput(path: try root.path(testFeatures)),
            labels: try ByteInput(path: try root.path(testLabels)), classCount: train.classCount,
            task: options.task)
        if test.sampleShape != train.sampleShape {
            throw DatasetError(
                .wrongShape, try root.path(testFeatures),
                expected: "samples of \(IDXFile.shape(train.sampleShape)) like those of \(trainFeatures)",
                found: IDXFile.shape(test.sampleShape), remedy: "give training and test files of one data set")
        }
        if test.isOfBytes != train.isOfBytes {
            func kind(_ part: NPYPart) -> String { part.isOfBytes ? "unsigned bytes" : "other numbers" }
            throw DatasetError(
                .wrongFormat, try root.path(testFeatures), expected: "\(kind(train)) like those of \(trainFeatures)",
                found: kind(test), remedy: "give training and test features of one type")
        }
        return (train, test)
    }
}
