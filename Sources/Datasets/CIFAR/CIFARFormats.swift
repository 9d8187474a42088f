import Settings

/// The files of CIFAR-10 in their binary version, each plain or compressed with gzip, xz or zstd.
public struct CIFAR10: DataFormat, Equatable {
    /// One after another, as the training set is published.
    public var train: [String] = []
    public var test: [String] = []
    /// Names of the classes, in the order of the labels and as many. Nil: the published names.
    public var classNames: [String]?

    public init() {}

    public init(train: [String], test: [String], classNames: [String]? = nil) {
        self.train = train
        self.test = test
        self.classNames = classNames
    }

    public static let name = "cifar10"
    public static let settings: [Setting<Self>] = [
        .binaryFiles("train", \.train), .binaryFiles("test", \.test),
        .classNames(\.classNames, "null: the published names"),
    ]

    public var contradiction: Contradiction? { CIFARFiles.Labels.ten.contradiction(classNames) }
    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public var sampleShape: [Int]? { CIFARFiles.sampleShape }
    public var classCount: Int? { CIFARFiles.Labels.ten.classCount }
    public var trainingFiles: [String] { train }
    public mutating func takeTestFilesAlone() { train = test }
    public mutating func take(testFiles: [String]) { test = testFiles }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        try options.prepare(
            CIFARFiles.load(train: train, test: test, labels: .ten, classNames: classNames, from: root))
    }

    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try CIFARSampleReader(try ByteInput(path: file), .ten, options)
    }
}

/// The files of CIFAR-100 in their binary version, each plain or compressed with gzip, xz or zstd.
public struct CIFAR100: DataFormat, Equatable {
    public enum Labels: String, CaseIterable, SettingValue {
        /// 100 classes.
        case fine
        /// The 20 superclasses.
        case coarse

        var inFiles: CIFARFiles.Labels { self == .fine ? .fine : .coarse }
    }

    public var labels = Labels.fine
    /// One after another.
    public var train: [String] = []
    public var test: [String] = []
    /// Names of the classes, in the order of the labels and as many. Nil: nothing.
    public var classNames: [String]?

    public init() {}

    public init(_ labels: Labels = .fine, train: [String], test: [String], classNames: [String]? = nil) {
        self.labels = labels
        self.train = train
        self.test = test
        self.classNames = classNames
    }

    public static let name = "cifar100"
    public static let settings: [Setting<Self>] = [
        .init("labels", \.labels, "labels to learn: fine, of 100 classes; coarse, of the 20 superclasses"),
        .binaryFiles("train", \.train), .binaryFiles("test", \.test), .classNames(\.classNames, "null: without names"),
    ]

    public var contradiction: Contradiction? { labels.inFiles.contradiction(classNames) }
    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public var sampleShape: [Int]? { CIFARFiles.sampleShape }
    public var classCount: Int? { labels.inFiles.classCount }
    public var trainingFiles: [String] { train }
    public mutating func takeTestFilesAlone() { train = test }
    public mutating func take(testFiles: [String]) { test = testFiles }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        try options.prepare(
            CIFARFiles.load(train: train, test: test, labels: labels.inFiles, classNames: classNames, from: root))
    }

    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try CIFARSampleReader(try ByteInput(path: file), labels.inFiles, options)
    }
}

extension Setting where Root: Configurable {
    /// The files of a part of the data.
    fileprivate static func binaryFiles(
        _ part: String, _ path: any WritableKeyPath<Root, [String]> & Sendable
    ) -> Self {
        .init(
            group: part, expected: "{files: [FILE, …]}",
            "files, plain or compressed with gzip, xz or zstd; relative paths start from the data directory",
            [
                .init(
                    list: "files", path, form: .fileName, expected: "a list of file names",
                    check: { $0.isEmpty ? "expected at least 1 file, found none" : nil },
                    "files of the binary version, read one after another")
            ])
    }
}

extension CIFARFiles.Labels {
    fileprivate func contradiction(_ names: [String]?) -> Contradiction? {
        guard let count = names?.count, count != classCount else { return nil }
        return Contradiction(
            "classNames", "expected a name for each of the \(classCount) classes, found \(count)")
    }
}
