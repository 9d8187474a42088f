import RandomNumbers

/// Samples computed when they are asked for: 10⁹ of them cost as much memory as ten.
///
/// Sample i is a pure function of (seed, i): the template of its class plus a piece of a bank of normal noise, at a place
/// and with a sign hashed from i, so that a batch is made at the speed of memory. Classes take turns: the class of sample
/// i is i modulo their number.
///
/// With templates of independent standard normal values the distance of two of them is √(2F) for F features; noise of
/// standard deviation σ = noise · √(F/2) a feature makes the best possible classifier confuse two classes with
/// probability Φ(−√(2F) / 2σ) = Φ(−1/noise) (for many features; for few, templates differ in distance). Both are scaled
/// by 1/√(1 + σ²): every feature has about mean 0 and variance 1, and no standardisation is applied.
public struct SyntheticDataset: Dataset {
    public let sampleShape: [Int]
    public let featureCount: Int
    public let classCount: Int
    public let count: Int
    public var isStored: Bool { false }

    /// Index in the endless sequence of the first sample.
    private let first: Int
    /// [classes, features].
    private let templates: [Float]
    /// ``placeCount`` + features values: a piece can begin at any place.
    private let noise: [Float]
    private let places: RandomStream

    /// A bank of 1 MiB: it stays in the cache of a core, and gives 2¹⁹ pieces of noise with the signs.
    private static let placeCount = 1 << 18

    /// The training and the test part: different samples of the same sequence.
    public static func load(
        _ set: SyntheticSet, seed: UInt64 = 0
    ) throws(DatasetError) -> (train: SyntheticDataset, test: SyntheticDataset) {
        try set.check()
        let all = SyntheticDataset(set, seed: seed)
        return (all.part(0..<set.trainCount), all.part(set.trainCount..<all.count))
    }

    private init(_ set: SyntheticSet, seed: UInt64) {
        sampleShape = set.shape
        featureCount = set.shape.reduce(1, *)
        classCount = set.classes
        count = set.trainCount + set.testCount
        first = 0
        places = RandomStream(seed: seed, purpose: .syntheticSample)
        let deviation = set.noise * (Double(featureCount) / 2).squareRoot()
        let scale = 1 / (1 + deviation * deviation).squareRoot()
        var templates = [Float](repeating: 0, count: classCount * featureCount)
        var span = templates.mutableSpan
        RandomStream(seed: seed, purpose: .syntheticTemplate).fillNormal(&span, standardDeviation: scale)
        var noise = [Float](repeating: 0, count: Self.placeCount + featureCount)
        span = noise.mutableSpan
        RandomStream(seed: seed, purpose: .syntheticNoise)
            .fillNormal(&span, standardDeviation: scale * deviation)
        self.templates = templates
        self.noise = noise
    }

    private init(_ whole: SyntheticDataset, _ range: Range<Int>) {
        (sampleShape, featureCount, classCount) = (whole.sampleShape, whole.featureCount, whole.classCount)
        (templates, noise, places) = (whole.templates, whole.noise, whole.places)
        first = whole.first + range.lowerBound
        count = range.count
    }

    /// Bytes of templates and noise, which all parts share.
    var byteCount: Int { MemoryLayout<Float>.stride * (templates.count + noise.count) }

    /// The samples `range`, as a set of their own.
    func part(_ range: Range<Int>) -> SyntheticDataset { SyntheticDataset(self, range) }

    public func label(at index: Int) -> Int32 {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        return Int32((first + index) % classCount)
    }

    public func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        checkBatch(indices.count, features.count, labels.count)
        features.withUnsafeMutableBufferPointer { destination in
            for position in 0..<indices.count {
                let label = label(at: indices[position])
                labels[position] = label
                let hash = places.word(UInt64(first + indices[position]))
                add(
                    template: Int(label) * featureCount,
                    noiseAt: Int(hash.multipliedFullWidth(by: UInt64(Self.placeCount)).high),
                    sign: hash & 1 == 0 ? 1 : -1,
                    into: destination.baseAddress!.advanced(by: position * featureCount))
            }
        }
    }

    @inline(__always)
    private func add(
        template start: Int, noiseAt place: Int, sign: Float, into destination: UnsafeMutablePointer<Float>
    ) {
        templates.withUnsafeBufferPointer { templates in
            noise.withUnsafeBufferPointer { noise in
                let template = templates.baseAddress!.advanced(by: start)
                let piece = noise.baseAddress!.advanced(by: place)
                for feature in 0..<featureCount {
                    destination[feature] = template[feature] + sign * piece[feature]
                }
            }
        }
    }
}

extension SyntheticSet {
    func check() throws(DatasetError) {
        guard (1...4).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
            throw invalid("shape", "[features], [C, L], [C, H, W] or [C, D, H, W] of at least 1", "\(shape)")
        }
        var elements = classes
        for size in shape {
            let (product, overflow) = elements.multipliedReportingOverflow(by: size)
            elements = overflow ? .max : product
        }
        // 4 GiB of templates.
        guard classes >= 2, elements <= 1 << 30 else {
            throw invalid(
                "classes", "at least 2, and classes times features at most 2^30",
                "\(classes) classes of shape \(shape)")
        }
        guard trainCount > 0, testCount > 0, !trainCount.addingReportingOverflow(testCount).overflow else {
            throw invalid(
                "counts", "at least 1 training and 1 test sample, fewer than 2^63 together",
                "\(trainCount) and \(testCount)")
        }
        guard noise >= 0, noise.isFinite else { throw invalid("noise", "a finite number, not negative", "\(noise)") }
    }

    private func invalid(_ option: String, _ expected: String, _ found: String) -> DatasetError {
        DatasetError(
            .invalidOption, "\(option) of the synthetic set", expected: expected, found: found,
            remedy: "correct the configuration")
    }
}
