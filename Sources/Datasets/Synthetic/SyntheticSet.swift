import Settings

/// Noise around one pattern a class, for scaling studies; its samples are those of ``SyntheticDataset``.
public struct SyntheticSet: DataFormat, Equatable {
    /// [features], [C, L], [C, H, W] or [C, D, H, W].
    public var sampleShape: [Int]? { shape }
    public var classCount: Int? { classes }
    public var shape = [1, 28, 28]
    public var classes = 10
    public var trainCount = 60_000
    public var testCount = 10_000
    /// Two classes are confused with probability Φ(−1/noise): never at 0, 2.3 % at 0.5, 16 % at 1.
    public var noise = 0.4

    public init() {}

    public init(
        sampleShape: [Int] = Self().shape, classCount: Int = Self().classes, trainCount: Int = Self().trainCount,
        testCount: Int = Self().testCount, noise: Double = Self().noise
    ) {
        shape = sampleShape
        classes = classCount
        self.trainCount = trainCount
        self.testCount = testCount
        self.noise = noise
    }

    public static let name = "synthetic"
    public static let settings: [Setting<Self>] = [
        .init(
            group: "synthetic", "samples that are computed",
            [
                // Far beyond any memory, and yet their number over a million epochs is a number.
                .init("samples", \.trainCount, .from(1, through: 1 << 40), "training samples"),
                .init("testSamples", \.testCount, .from(1, through: 1 << 40), "test samples"),
                .init(
                    list: "shape", \.shape, .atLeast(1),
                    "shape of a sample: [features], or the channels and the sizes of a signal, an image or a volume"),
                .init("classes", \.classes, .atLeast(2), "number of classes, each with a pattern of its own"),
                .init(
                    "noise", \.noise, .atLeast(0).inSinglePrecision,
                    "noise around the patterns: two classes are confused with probability Φ(-1/noise), never at 0"),
            ])
    ]

    /// The most numbers a sample may have: far beyond any use, and far from overflow.
    private static let largestSample = 1 << 30

    public var contradiction: Contradiction? {
        var size = 1
        for extent in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= Self.largestSample else {
                return Contradiction(
                    "synthetic.shape", "expected at most \(Self.largestSample) numbers a sample, found more")
            }
            size = product
        }
        return shape.isEmpty ? Contradiction("synthetic.shape", "expected at least one extent, found none") : nil
    }

    public var dependsOnSeed: Bool { true }

    /// Synthetic samples need no statistics, and are too many to list those held out: the last ones are.
    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        let (train, test) = try SyntheticDataset.load(self, seed: options.seed)
        let share = options.validationFraction
        if share == 0 { return LoadedData(train: train, test: test) }
        let heldCount = share * Double(train.count)
        guard share > 0, share < 1, heldCount >= 1, train.count > 1 else {
            throw DatasetError(
                .invalidOption, "share held out", expected: "a number in 0 ..< 1 that leaves samples on both sides",
                found: "\(share) of \(train.count) samples", remedy: "give a share such as 0.1")
        }
        let restCount = max(train.count - Int(heldCount), 1)
        return LoadedData(
            train: train.part(0..<restCount), test: test, validation: train.part(restCount..<train.count))
    }
}
