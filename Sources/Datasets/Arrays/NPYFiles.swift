import Settings

/// The files of a data set of NumPy arrays, each plain, compressed with gzip, xz or zstd, or in an archive of `numpy.savez`: bytes are
/// kept as they stand, other numbers as reals.
public struct NPYFiles: DataFormat, Equatable {
    public var trainFeatures = FileNames("")
    public var trainLabels = FileNames("")
    public var testFeatures = FileNames("")
    public var testLabels = FileNames("")
    /// Order of the dimensions of the features; nil to tell by their number: [N, features], [N, H, W] or [N, C, H, W].
    public var layout: ArrayLayout?
    /// Where samples lie while they are trained on.
    public var memory = ArrayMemory.auto
    /// Names of the classes, in the order of the labels; also their number. Nil: one more than the largest label
    /// of the training file.
    public var classNames: [String]?

    public init() {}

    public init(
        trainFeatures: String, trainLabels: String, testFeatures: String, testLabels: String,
        layout: ArrayLayout? = nil, classNames: [String]? = nil
    ) {
        self.trainFeatures = FileNames(trainFeatures)
        self.trainLabels = FileNames(trainLabels)
        self.testFeatures = FileNames(testFeatures)
        self.testLabels = FileNames(testLabels)
        self.layout = layout
        self.classNames = classNames
    }

    public static let name = "npy"
    public static let settings: [Setting<Self>] = [
        arrays(
            "train", \.trainFeatures, labels: \.trainLabels,
            "array of the training samples, [N, features], [N, H, W] or [N, C, H, W] of numbers, or as layout says; bytes of "
                + "images are scaled to 0 to 1"),
        arrays(
            "test", \.testFeatures, labels: \.testLabels, "array of the test samples, of the same shape but for N"),
        .init(
            "layout", \.layout, or: "auto",
            "order of the dimensions of the samples' arrays, which are presented with the channels first; auto: by their "
                + "number, channels first"
        ).alsoKnownAs("data_format"),
        .init(
            "memory", \.memory,
            "where samples lie: read, in memory; map, in their file, from which they are read when they are needed; auto: map "
                + "where they would take more than half of the memory while they are read"
        ).alsoKnownAs("mmap", "mmap_mode"),
        .classNames(\.classNames, "null: one class more than the largest label of the training file"),
    ]

    private static func arrays(
        _ part: String, _ features: any WritableKeyPath<Self, FileNames> & Sendable,
        labels: any WritableKeyPath<Self, FileNames> & Sendable, _ meaning: String
    ) -> Setting<Self> {
        .init(
            group: part, expected: "{features: FILE, labels: FILE}",
            "files of numpy.save, plain or compressed with gzip, xz or zstd, or FILE.npz:NAME of numpy.savez; a list where the array "
                + "lies in several; relative paths start from the data directory",
            [
                .init(required: "features", features, expected: ValueForm.fileName.name, meaning),
                .init(
                    required: "labels", labels, expected: ValueForm.fileName.name,
                    "array of the labels, [N] of integers from 0; of a regression [N] or [N, targets], of several labels [N, labels]"
                ),
            ])
    }

    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public static var hasTargets: Bool { true }
    public var classCount: Int? { classNames?.count }
    public var arrayLayout: ArrayLayout? { layout }
    public var trainingFiles: [String] { (trainFeatures.all + trainLabels.all).map(ByteInput.fileOfArray) }

    public mutating func takeTestFilesAlone() { (trainFeatures, trainLabels) = (testFeatures, testLabels) }

    public mutating func take(testFiles: [String]) throws(UnsuitableFiles) {
        guard testFiles.count == 2 else {
            throw UnsuitableFiles(expected: "two files, of the features and of the labels")
        }
        (testFeatures, testLabels) = (FileNames(testFiles[0]), FileNames(testFiles[1]))
    }

    public var regardlessOfMemory: NPYFiles {
        var copy = self
        copy.memory = NPYFiles().memory
        return copy
    }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        let (train, test) = try parts(from: root, options)
        let path = try root.path(trainLabels.all[0])
        let targets = train.targets.map {
            RealTargets(train: $0, test: test.targets, count: train.targetCount, subject: path)
        }
        return try options.load(train: train, test: test, classNames, memory: memory, targets: targets)
    }
}

extension NPYFiles {
    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try NPYSampleReader(try ByteInput.array(path: file), layout: layout, options)
    }

    /// Training and test samples with the shapes, types, classes and number of labels checked against each other.
    private func parts(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> (
        train: NPYPart, test: NPYPart
    ) {
        func open(
            _ names: FileNames, _ layout: ArrayLayout? = nil
        ) throws(DatasetError) -> NPYArray {
            var inputs: [ByteInput] = []
            for name in names.all { inputs.append(try ByteInput.array(path: try root.path(name))) }
            return try NPYArray(inputs, layout: layout)
        }
        func part(
            _ features: FileNames, _ labels: FileNames, _ classCount: Int?
        ) throws(DatasetError) -> NPYPart {
            try NPYPart(
                features: { () throws(DatasetError) in try open(features, layout) }, labels: try open(labels),
                classCount: classCount, task: options.task)
        }
        let train = try part(trainFeatures, trainLabels, options.meaning?.classCount ?? classNames?.count)
        let test = try part(testFeatures, testLabels, train.classCount)
        try test.check(isLike: train, named: trainFeatures.all[0])
        return (train, test)
    }
}
