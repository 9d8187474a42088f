import Settings

/// Arrays in HDF5 files, as h5py, Keras and MATLAB write them: samples and labels are data sets of a file.
public struct HDF5Files: DataFormat, Equatable {
    /// A file and the names of two of its data sets.
    public struct Part: Configurable, Equatable {
        public var file = ""
        public var inputs = ""
        public var labels = ""

        public init() {}

        public init(file: String, inputs: String, labels: String) {
            self.file = file
            self.inputs = inputs
            self.labels = labels
        }

        public static let settings: [Setting<Self>] = [
            .init(required: "file", \.file, form: .fileName, expected: ValueForm.fileName.name, "HDF5 file"),
            .init(
                required: "inputs", \.inputs, form: .dataset, expected: ValueForm.dataset.name,
                "data set of the samples, [N, features], [N, H, W] or [N, C, H, W] of numbers, or as layout says; bytes of "
                    + "images are scaled to 0 to 1"),
            .init(
                required: "labels", \.labels, form: .dataset, expected: ValueForm.dataset.name,
                "data set of the labels, [N] of integers from 0; of a regression [N] or [N, targets], of several labels [N, labels]"
            ),
        ]
    }

    public var train = Part()
    public var test = Part()
    /// Order of the dimensions of the samples; nil to tell by their number.
    public var layout: ArrayLayout?
    /// Names of the classes, in the order of the labels; also their number. Nil: one more than the largest label for training.
    public var classNames: [String]?

    public init() {}

    public init(train: Part, test: Part, layout: ArrayLayout? = nil, classNames: [String]? = nil) {
        self.train = train
        self.test = test
        self.layout = layout
        self.classNames = classNames
    }

    public static let name = "hdf5"
    public static let settings: [Setting<Self>] = [
        .init(
            section: "train", \.train, expected: "{file: FILE, inputs: NAME, labels: NAME}", isInline: true,
            "training samples; relative paths start from the data directory"),
        .init(
            section: "test", \.test, expected: "{file: FILE, inputs: NAME, labels: NAME}", isInline: true,
            "test samples, of the same shape but for N"),
        .init(
            "layout", \.layout, or: "auto",
            "order of the dimensions of the samples, which are presented with the channels first; auto: by their number, "
                + "channels first"
        ).alsoKnownAs("data_format"),
        .classNames(\.classNames, "null: one class more than the largest label of the training samples"),
    ]

    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public static var hasTargets: Bool { true }
    public var classCount: Int? { classNames?.count }
    public var arrayLayout: ArrayLayout? { layout }
    public var trainingFiles: [String] { train.file == test.file ? [] : [train.file] }

    public mutating func takeTestFilesAlone() { train = test }

    public mutating func take(testFiles: [String]) throws(UnsuitableFiles) {
        guard testFiles.count == 1 else { throw UnsuitableFiles(expected: "one HDF5 file") }
        test.file = testFiles[0]
        train = test
    }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        func part(_ part: Part, _ classCount: Int?) throws(DatasetError) -> NPYPart {
            let file = try HDF5File(path: try root.path(part.file))
            return try NPYPart(
                features: { () throws(DatasetError) in try NPYArray([try file.array(part.inputs, layout: layout)]) },
                labels: try NPYArray([try file.array(part.labels)]), classCount: classCount, task: options.task)
        }
        let trained = try part(train, options.meaning?.classCount ?? classNames?.count)
        let tested = try part(test, trained.classCount)
        try tested.check(isLike: trained, named: train.inputs)
        return try options.load(
            train: trained, test: tested, classNames, memory: .read,
            targets: trained.targets.map {
                RealTargets(
                    train: $0, test: tested.targets, count: trained.targetCount,
                    subject: "\(train.file):\(train.labels)")
            })
    }

    /// A file to be predicted has its samples in the data set of the name that the test samples have.
    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try NPYSampleReader(try HDF5File(path: file).array(test.inputs, layout: layout), options)
    }
}

extension ValueForm {
    fileprivate static var dataset: Self { .text("the name of a data set", plural: "names") }
}
