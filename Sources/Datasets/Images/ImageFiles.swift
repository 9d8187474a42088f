import Settings

/// Files of images, JPEG and PNG, in folders of their classes, by a list, or in tar archives; decoded to bytes of one size, once
/// when they are loaded, or while they are trained on.
public struct ImageFiles: DataFormat, Equatable {
    /// Where the test samples come from.
    public enum Test: Sendable, Equatable {
        /// Images of the same classes.
        case source(ImageSource)
        /// This share of the images, of every class alike, chosen by the seed.
        case fraction(Double)
    }

    public var train = ImageSource()
    public var test = Test.fraction(0.2)
    public var form = ImageForm()

    public init() {}

    public init(train: ImageSource, test: Test = Self().test, form: ImageForm) {
        self.train = train
        self.test = test
        self.form = form
    }

    public static let name = "images"
    public static let settings: [Setting<Self>] = [
        .init(
            section: "train", \.train, expected: "{directory: FOLDER}", isInline: true,
            "images for training, or all with split; relative paths start from the data directory"),
        .init(
            case: "test", \.test,
            from: { if case .source(let source) = $0 { source } else { nil } }, to: { .source($0) }, isInline: true,
            "images for testing; or else split"),
        .init(
            case: "split", \.test, from: Split.init, to: { .fraction($0.testFraction) },
            insteadOf: ("test", both: "test images or a split"), isInline: true,
            "division of the images; without test and split {testFraction: 0.2}"),
        .init(
            section: "images", \.form, expected: "{size: [H, W]}", isInline: true,
            "the samples that files of any size are made into"),
    ]

    private struct Split: Configurable {
        var testFraction = 0.2

        init() {}

        /// Nil for images of its own.
        init?(_ test: Test) {
            guard case .fraction(let share) = test else { return nil }
            testFraction = share
        }

        static let settings: [Setting<Self>] = [
            .init(
                "testFraction", \.testFraction, .between(0, 1),
                "share of the images for testing, of every class alike, chosen by the seed")
        ]
    }

    public var contradiction: Contradiction? { train.contradiction?.under("train") }
    public static var hasFiles: Bool { true }
    public static var isStandardized: Bool { true }
    public var sampleShape: [Int]? { form.size.height > 0 ? form.sampleShape : nil }
    public var dependsOnSeed: Bool { if case .fraction = test { true } else { false } }
    public var trainingFiles: [String] { if case .source = test { train.paths } else { [] } }

    public mutating func takeTestFilesAlone() {
        if case .source(let source) = test { train = source }
    }

    public mutating func take(testFiles: [String]) throws(UnsuitableFiles) {
        guard let source = ImageSource(paths: testFiles) else {
            throw UnsuitableFiles(expected: "one folder of classes, one list, or tar archives")
        }
        test = .source(source)
    }

    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        try load(plan(from: root, options), options)
    }

    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try ImageSampleReader(file, form, options)
    }

    public var regardlessOfMemory: ImageFiles {
        var copy = self
        (copy.form.memory, copy.form.readers) = (ImageForm().memory, ImageForm().readers)
        return copy
    }
}
