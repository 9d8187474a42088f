import Settings

/// The 1,797 handwritten digits of 8 × 8 pixels, 0 … 16, that scikit-learn carries, in its order: enough to train on
/// without a single file.
///
/// The first 1,437 samples (80 %) are for training, the last 360 for testing: in Python `X[:1437]`, `X[1437:]`. The
/// samples of a writer stand together, so that the order, unlike a random choice, keeps most writers of the test out of
/// the training.
///
/// Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
/// doi 10.24432/C50P49, licensed CC BY 4.0; the values are unchanged.
public struct EmbeddedDigits: DataFormat, Equatable {
    public static let name = "digits"
    public static let settings: [Setting<Self>] = []

    static let sampleCount = 1797
    static let trainCount = 1437
    private static let side = 8

    public init() {}

    public static var isStandardized: Bool { true }
    public var sampleShape: [Int]? { [1, Self.side, Self.side] }
    public var classCount: Int? { 10 }

    /// Training and test samples as images [1, 8, 8], 16 being 1.
    public func load(from root: DataRoot, _ options: LoadOptions) throws(DatasetError) -> LoadedData {
        try options.prepare(
            DataParts(
                train: try Self.samples(0..<Self.trainCount),
                test: try Self.samples(Self.trainCount..<Self.sampleCount)))
    }

    private static func samples(_ range: Range<Int>) throws(DatasetError) -> ByteDataset {
        let featureCount = side * side
        // A line has its pixels, the digit and, but for the last, a line feed.
        let lineCount = featureCount + 2
        precondition(text.utf8CodeUnitCount == sampleCount * lineCount - 1, "\(text.utf8CodeUnitCount) characters")
        let zero = UInt8(ascii: "0")
        let storage = try ByteStorage(count: range.count * featureCount, for: "embedded digits") { bytes in
            for (position, sample) in range.enumerated() {
                for pixel in 0..<featureCount {
                    bytes[position * featureCount + pixel] = text.utf8Start[sample * lineCount + pixel] - zero
                }
            }
        }
        return ByteDataset(
            storage: storage, sampleShape: [1, side, side],
            labels: ByteStorage(
                copying: range.map { Int32(text.utf8Start[$0 * lineCount + featureCount] - zero) }),
            classCount: 10, classNames: nil, fullScale: 16)
    }
}
