import Settings

/// Files of images, JPEG and PNG, in folders of their classes, by a list, or in tar archives; decoded once, when they are loaded,
/// to bytes of one size.
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
        try options.prepare(parts(from: root, as: options.meaning, seed: options.seed))
    }

    public func samples(in file: String, _ options: LoadOptions) throws(DatasetError) -> any SampleReader {
        try ImageSampleReader(file, form, options)
    }
}

extension ImageFiles {
    /// - Parameter meaning: what weights were trained on; nil for the classes that the training images have.
    private func parts(
        from root: DataRoot, as meaning: DataMeaning?, seed: UInt64
    ) throws(DatasetError) -> DataParts<ByteDataset> {
        func read(
            _ source: ImageSource, _ known: [String]?
        ) throws(DatasetError) -> ImageSet { try ImageSet(source.open(from: root), form, of: known) }

        let known = meaning?.classNames
        let all = try read(train, known)
        let samples = all.samples
        var parts: DataParts<ByteDataset>
        switch test {
        case .source(let source) where source == train:
            parts = DataParts(samples, train: .range(0..<samples.count), test: .range(0..<samples.count))
            parts.notes = [all.note("test")]
        case .source(let source):
            let other = try read(source, known ?? samples.classNames)
            parts = DataParts(train: samples, test: other.samples, warnings: other.warnings)
            parts.notes = [all.note("training"), other.note("test")]
        case .fraction(let fraction):
            let path = train.paths[0]
            if let meaning {
                parts = try CSVFiles.Test.fraction(fraction).evaluated(
                    samples, path, seed: seed, keptWithWeights: meaning.split)
            } else {
                let (rest, held) = try samples.holdingOut(fraction, of: .range(0..<samples.count), seed: seed)
                parts = DataParts(samples, train: rest, test: held)
                parts.split = SplitRows(samples, trainingRows: nil)
            }
            parts.notes = [all.note("all")]
        }
        parts.warnings += all.warnings
        return parts
    }
}
