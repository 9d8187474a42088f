import Settings

/// The four files of an IDX data set, each plain or compressed with gzip, xz or zstd.
public struct IDXFiles: DataFormat, Equatable {
    public var trainImages = ""
    public var trainLabels = ""
    public var testImages = ""
    public var testLabels = ""
    /// Names of the classes, in the order of the labels; also their number. Nil: one more than the largest label
    /// of the training file.
    public var classNames: [String]?

    public init() {}

    public init(
        trainImages: String, trainLabels: String, testImages: String, testLabels: String, classNames: [String]? = nil
    ) {
        self.trainImages = trainImages
        self.trainLabels = trainLabels
        self.testImages = testImages
        self.testLabels = testLabels
        self.classNames = classNames
    }

    public static let name = "idx"
    public static let settings: [Setting<Self>] = [
        .files(
            "train", "images", \.trainImages, labels: \.trainLabels,
            "file of the training images, [N, features], [N, H, W] or [N, C, H, W] of bytes"),
        .files(
            "test", "images", \.testImages, labels: \.testLabels,
            "file of the test images, of the same shape but for N"),
        .classNames(\.classNames, "null: one class more than the largest label of the training file"),
    ]

    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public var classCount: Int? { classNames?.count }
    public var trainingFiles: [String] { [trainImages, trainLabels] }

    public mutating func takeTestFilesAlone() { (trainImages, trainLabels) = (testImages, testLabels) }

    public mutating func take(testFiles: [String]) throws(UnsuitableFiles) {
        guard testFiles.count == 2 else {
            throw UnsuitableFiles(expected: "two files, of the images and of the labels")
        }
        (testImages, testLabels) = (testFiles[0], testFiles[1])
    }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        let (train, test) = try load(from: root, as: options.meaning)
        // A file of images with one channel does not give the channels.
        let sizes = train.sampleShape.first == 1 ? Array(train.sampleShape.dropFirst()) : train.sampleShape
        let warnings = SampleLayout.warnings(of: sizes, path: try root.path(trainImages))
        return try options.prepare(DataParts(train: train, test: test, warnings: warnings))
    }

    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try IDXSampleReader(try ByteInput(path: file), options)
    }
}

extension IDXFiles {
    /// Training and test samples with the shapes, classes and number of labels checked against each other.
    ///
    /// - Parameter meaning: what weights were trained on; nil for what the training files say.
    private func load(
        from root: DataRoot, as meaning: DataMeaning?
    ) throws(DatasetError) -> (train: ByteDataset, test: ByteDataset) {
        let train = try Self.read(
            images: try ByteInput(path: try root.path(trainImages)),
            labels: try ByteInput(path: try root.path(trainLabels)),
            classCount: meaning?.classCount ?? classNames?.count)
        let test = try Self.read(
            images: try ByteInput(path: try root.path(testImages)),
            labels: try ByteInput(path: try root.path(testLabels)), classCount: train.classCount)
        if test.sampleShape != train.sampleShape {
            throw DatasetError(
                .wrongShape, try root.path(testImages),
                expected: "samples of \(IDXFile.shape(train.sampleShape)) like those of \(trainImages)",
                found: IDXFile.shape(test.sampleShape), remedy: "give training and test files of one data set")
        }
        return (train.named(classNames), test.named(classNames))
    }

    /// One part of a set, not standardised.
    /// - Parameter classCount: what labels must be below; nil to take one more than the largest label.
    package static func read(
        images: ByteInput, labels: ByteInput, classCount: Int?
    ) throws(DatasetError) -> ByteDataset {
        // The labels first: they are small, and their file is where a swap shows at once.
        let labelFile = try IDXFile(labels, expecting: .labels)
        let imageFile = try IDXFile(images, expecting: .images)
        if labelFile.dimensions[0] != imageFile.dimensions[0] {
            throw DatasetError(
                .countMismatch, labelFile.path,
                expected: "\(imageFile.dimensions[0]) labels, one for each sample of \(imageFile.path)",
                found: "\(labelFile.dimensions[0])", remedy: "give images and labels of one part of one data set")
        }
        let values = labelFile.storage.bytes
        let classCount = classCount ?? Int(values.max() ?? 0) + 1
        if let index = values.firstIndex(where: { $0 >= classCount }) {
            throw DatasetError(
                .labelOutOfRange, labelFile.path, expected: "labels below the number of classes, \(classCount)",
                found: "label \(values[index]) of sample \(index)",
                remedy: "give the labels of the same data set, or name all its classes")
        }
        return ByteDataset(
            storage: imageFile.storage, sampleShape: imageFile.header.sampleShape,
            labels: ByteStorage(copying: values.map(Int32.init)), classCount: classCount, classNames: nil,
            fullScale: imageFile.header.fullScale)
    }
}
