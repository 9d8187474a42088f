/// Samples of one byte a feature, as IDX files, NPY files of bytes, images and the embedded digits have them; a quarter of the
/// memory of floats. They lie in memory, in a mapped file, or in files of images that are decoded when samples are asked for.
public struct ByteDataset: Dataset {
    public let sampleShape: [Int]
    public let featureCount: Int
    public let classCount: Int
    public let classNames: [String]?
    public let standardization: Standardization?

    let samples: Samples
    /// [N] integers of 32 bits.
    private let labelStorage: ByteStorage
    /// The byte that stands for the value 1.
    public let fullScale: Double
    /// A byte x of group g becomes x · `scales[g]` + `offsets[g]`.
    let scales: [Float]
    let offsets: [Float]

    /// Where the bytes of a sample are.
    enum Samples {
        /// [N, …`sampleShape`]
        case stored(ByteStorage)
        /// - Parameter measures: of all samples; nil where they were not measured.
        case decoded(DecodedImages, measures: SampleMeasures?)
    }

    /// - Parameters:
    ///   - storage: [N, …`sampleShape`].
    ///   - labels: [N] integers of 32 bits, all in 0 ..< `classCount`.
    ///   - fullScale: 255 for images, 1 for tables.
    init(
        storage: ByteStorage, sampleShape: [Int], labels: ByteStorage, classCount: Int, classNames: [String]?,
        fullScale: Double, standardization: Standardization? = nil
    ) {
        self.init(
            .stored(storage), sampleShape, labels, classCount, classNames, fullScale: fullScale, standardization)
        precondition(
            storage.bytes.count == count * featureCount,
            "\(storage.bytes.count) bytes for \(count) samples of \(featureCount)")
    }

    /// Samples of images that stay in their files.
    ///
    /// - Parameters:
    ///   - labels: [N] integers of 32 bits, all in 0 ..< `classCount`.
    ///   - measures: of the samples, where they are to be standardized by their own statistics or told by their digests.
    init(
        _ images: DecodedImages, labels: ByteStorage, classCount: Int, classNames: [String]?,
        measures: SampleMeasures? = nil, standardization: Standardization? = nil
    ) {
        self.init(
            .decoded(images, measures: measures), images.form.sampleShape, labels, classCount, classNames,
            fullScale: 255, standardization)
        precondition(images.index.count == count, "\(images.index.count) images for \(count) labels")
    }

    private init(
        _ samples: Samples, _ sampleShape: [Int], _ labels: ByteStorage, _ classCount: Int, _ classNames: [String]?,
        fullScale: Double, _ standardization: Standardization?
    ) {
        self.samples = samples
        self.sampleShape = sampleShape
        labelStorage = labels
        self.classCount = classCount
        self.classNames = classNames
        self.fullScale = fullScale
        self.standardization = standardization
        featureCount = sampleShape.reduce(1, *)
        let statistics = standardization ?? Standardization(mean: [0], standardDeviation: [1])
        scales = statistics.standardDeviation.map { Float(1 / (fullScale * $0)) }
        offsets = zip(statistics.mean, statistics.standardDeviation).map { Float(-$0 / $1) }
    }

    public var count: Int { labels.count }
    private var labels: UnsafeBufferPointer<Int32> { labelStorage.elements(Int32.self) }

    public func label(at index: Int) -> Int32 {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        return labels[index]
    }

    public func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        copyBatch(indices, &features, &labels) { _, source, destination in convert(source, destination) }
    }

    /// Reads every pixel once, straight to its place.
    public func copyBatch(
        _ indices: Span<Int>, transformedBy transformations: Span<ImageTransformation>,
        into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        precondition(sampleShape.count == 3, "transformation of samples of \(sampleShape), not images")
        copyBatch(indices, &features, &labels) { position, source, destination in
            convert(source, transformations[position], destination)
        }
    }

    /// Calls `convert` with the position in the batch, the bytes and the features of each sample.
    @inline(__always)
    private func copyBatch(
        _ indices: Span<Int>, _ features: inout MutableSpan<Float>, _ labels: inout MutableSpan<Int32>,
        _ convert: (Int, UnsafePointer<UInt8>, UnsafeMutablePointer<Float>) -> Void
    ) {
        checkBatch(indices.count, features.count, labels.count)
        switch samples {
        case .stored(let storage):
            for position in 0..<indices.count { labels[position] = touched(storage, indices[position]) }
            features.withUnsafeMutableBufferPointer { destination in
                for position in 0..<indices.count {
                    let index = indices[position]
                    labels[position] = label(at: index)
                    convert(
                        position, sample(storage, index),
                        destination.baseAddress!.advanced(by: position * featureCount))
                }
            }
        case .decoded(let images, _):
            features.withUnsafeMutableBufferPointer { destination in
                for position in 0..<indices.count {
                    labels[position] = label(at: indices[position])
                    images.withSample(indices[position]) {
                        convert(position, $0, destination.baseAddress!.advanced(by: position * featureCount))
                    }
                }
            }
        }
    }

    @inline(__always)
    private func sample(_ storage: ByteStorage, _ index: Int) -> UnsafePointer<UInt8> {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        return storage.bytes.baseAddress!.advanced(by: index * featureCount).assumingMemoryBound(to: UInt8.self)
    }

    /// Asks the memory for all of a sample at once. In a shuffled epoch no sample is in a cache; conversion would wait for
    /// one line after the other (64 samples of MNIST: 35 µs, with this 14). The result is of no use; it is stored where
    /// the label will be so that the loads are not optimised away.
    @inline(__always)
    private func touched(_ storage: ByteStorage, _ index: Int) -> Int32 {
        let sample = sample(storage, index)
        var bits = sample[featureCount - 1]
        for feature in stride(from: 0, to: featureCount, by: 64) { bits ^= sample[feature] }
        return Int32(bits)
    }

    /// One multiplication and addition a feature; the loop becomes vector code also without AVX, twice as fast as a table
    /// of 256 values.
    @inline(__always)
    private func convert(_ source: UnsafePointer<UInt8>, _ destination: UnsafeMutablePointer<Float>) {
        let groupSize = featureCount / scales.count
        scales.withUnsafeBufferPointer { scales in
            offsets.withUnsafeBufferPointer { offsets in
                if groupSize == 1 {
                    for feature in 0..<featureCount {
                        destination[feature] = Float(source[feature]) * scales[feature] + offsets[feature]
                    }
                    return
                }
                for group in 0..<scales.count {
                    let (scale, offset) = (scales[group], offsets[group])
                    for feature in group &* groupSize..<group &* groupSize &+ groupSize {
                        destination[feature] = Float(source[feature]) * scale + offset
                    }
                }
            }
        }
    }
}

extension ByteDataset: RowSamples {
    var words: RowWords { .images }

    func bits(_ index: Int, _ feature: Int) -> UInt64? {
        guard case .stored(let storage) = samples else { return nil }
        return UInt64(storage.bytes[index * featureCount + feature])
    }

    func bits(ofSample index: Int) -> UInt64? {
        switch samples {
        case .stored(let storage):
            let start = index * featureCount
            return SampleMeasures.digest(
                of: UnsafeRawBufferPointer(rebasing: storage.bytes[start..<start + featureCount]))
        case .decoded(_, let measures): return measures?.digest(index)
        }
    }
}

extension ByteDataset {
    /// The same samples with names for their classes, as many as there are.
    func named(_ names: [String]?) -> ByteDataset { with(names, standardization) }

    func with(_ names: [String]?, _ standardization: Standardization?) -> ByteDataset {
        ByteDataset(
            samples, sampleShape, labelStorage, classCount, names, fullScale: fullScale, standardization)
    }

    public var readsFiles: Bool { images != nil }
    public var readFailure: DatasetError? { images?.failure }
    public func expect(_ indices: Span<Int>) { images?.expect(indices) }
    public func endReading() { images?.end() }

    public func expectRandomOrder() {
        if case .stored(let storage) = samples { storage.file?.expectRandomOrder() }
    }

    private var images: DecodedImages? {
        if case .decoded(let images, _) = samples { return images }
        return nil
    }
}

extension ByteDataset: StoredDataset {
    var form: StoredForm {
        var form = StoredForm(
            kind: .bytes, sampleShape: sampleShape, classCount: classCount, classNames: classNames,
            fullScale: fullScale, standardization: standardization)
        if let images { (form.kind, form.images) = (.images, images.form) }
        return form
    }

    var blocks: (features: ByteStorage, labels: ByteStorage) {
        switch samples {
        case .stored(let storage): (storage, labelStorage)
        case .decoded(let images, _): (images.index.storage, labelStorage)
        }
    }
}
