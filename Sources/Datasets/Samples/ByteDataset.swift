/// Samples of one byte a feature, as IDX files, NPY files of bytes and the embedded digits have them; a quarter of the memory
/// of floats.
public struct ByteDataset: Dataset {
    public let sampleShape: [Int]
    public let featureCount: Int
    public let classCount: Int
    public let classNames: [String]?
    public let standardization: Standardization?

    private let storage: ByteStorage
    /// [N] integers of 32 bits.
    private let labelStorage: ByteStorage
    /// The byte that stands for the value 1.
    public let fullScale: Double
    /// A byte x of group g becomes x · `scales[g]` + `offsets[g]`.
    private let scales: [Float]
    private let offsets: [Float]

    /// - Parameters:
    ///   - storage: [N, …`sampleShape`].
    ///   - labels: [N] integers of 32 bits, all in 0 ..< `classCount`.
    ///   - fullScale: 255 for images, 1 for tables.
    init(
        storage: ByteStorage, sampleShape: [Int], labels: ByteStorage, classCount: Int, classNames: [String]?,
        fullScale: Double, standardization: Standardization? = nil
    ) {
        self.storage = storage
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
        precondition(
            storage.bytes.count == count * featureCount,
            "\(storage.bytes.count) bytes for \(count) samples of \(featureCount)")
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
        for position in 0..<indices.count { labels[position] = touched(indices[position]) }
        features.withUnsafeMutableBufferPointer { destination in
            for position in 0..<indices.count {
                let index = indices[position]
                labels[position] = label(at: index)
                convert(
                    position, sample(index), destination.baseAddress!.advanced(by: position * featureCount))
            }
        }
    }

    @inline(__always)
    private func sample(_ index: Int) -> UnsafePointer<UInt8> {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        return storage.bytes.baseAddress!.advanced(by: index * featureCount).assumingMemoryBound(to: UInt8.self)
    }

    /// Asks the memory for all of a sample at once. In a shuffled epoch no sample is in a cache; conversion would wait for
    /// one line after the other (64 samples of MNIST: 35 µs, with this 14). The result is of no use; it is stored where
    /// the label will be so that the loads are not optimised away.
    @inline(__always)
    private func touched(_ index: Int) -> Int32 {
        let sample = sample(index)
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

extension ByteDataset {
    private func convert(
        _ source: UnsafePointer<UInt8>, _ transformation: ImageTransformation,
        _ destination: UnsafeMutablePointer<Float>
    ) {
        let rows = ImageRows(height: sampleShape[1], width: sampleShape[2])
        let visible = rows.visibleColumns(transformation)
        for channel in 0..<sampleShape[0] {
            let group = scales.count == 1 ? 0 : channel
            let (scale, offset) = (scales[group], offsets[group])
            let black = black(ofChannel: channel)
            let start = channel * rows.height * rows.width
            for row in 0..<rows.height {
                let target = destination + (start + row * rows.width)
                guard let sourceRow = rows.source(ofRow: row, transformation) else {
                    target.update(repeating: black, count: rows.width)
                    continue
                }
                let first =
                    source + (start + sourceRow * rows.width + visible.lowerBound + Int(transformation.columnShift))
                var left = visible.lowerBound
                if transformation.isMirrored {
                    left = rows.width - visible.upperBound
                    for column in 0..<visible.count {
                        target[left &+ column] = Float(first[visible.count &- 1 &- column]) * scale + offset
                    }
                } else {
                    for column in 0..<visible.count {
                        target[left &+ column] = Float(first[column]) * scale + offset
                    }
                }
                target.update(repeating: black, count: left)
                let right = left + visible.count
                (target + right).update(repeating: black, count: rows.width - right)
            }
            rows.erase(destination + start, transformation)
        }
    }
}

extension ByteDataset: StandardizableSamples {
    var groupCount: Int { sampleShape.count > 1 ? sampleShape[0] : featureCount }

    /// From integer sums, hence the same bits in any order.
    func measured(over selection: Selection) -> Standardization {
        let groupSize = featureCount / groupCount
        var sums = [UInt64](repeating: 0, count: groupCount)
        var squares = sums
        for position in 0..<selection.count {
            let first = selection[position] * featureCount
            for group in 0..<groupCount {
                var (sum, square): (UInt64, UInt64) = (0, 0)
                for feature in 0..<groupSize {
                    let value = UInt32(storage.bytes[first &+ group &* groupSize &+ feature])
                    sum &+= UInt64(value)
                    square &+= UInt64(value &* value)
                }
                sums[group] += sum
                squares[group] += square
            }
        }
        let total = Int128(selection.count * groupSize)
        return Standardization(
            mean: sums.map { Double($0) / (Double(total) * fullScale) },
            standardDeviation: zip(sums, squares).map { sum, square in
                // N·Σx² − (Σx)², exact.
                let spread = total * Int128(square) - Int128(sum) * Int128(sum)
                return Double(spread).squareRoot() / (Double(total) * fullScale)
            })
    }

    func presented(by standardization: Standardization?) -> ByteDataset {
        ByteDataset(
            storage: storage, sampleShape: sampleShape, labels: labelStorage, classCount: classCount,
            classNames: classNames, fullScale: fullScale, standardization: standardization)
    }
}

extension ByteDataset: RowSamples {
    var words: RowWords { .images }

    func bits(_ index: Int, _ feature: Int) -> UInt64 { UInt64(storage.bytes[index * featureCount + feature]) }
}

extension ByteDataset {
    /// The same samples with names for their classes, as many as there are.
    func named(_ names: [String]?) -> ByteDataset {
        ByteDataset(
            storage: storage, sampleShape: sampleShape, labels: labelStorage, classCount: classCount, classNames: names,
            fullScale: fullScale, standardization: standardization)
    }
}

extension ByteDataset: StoredDataset {
    var form: StoredForm {
        StoredForm(
            kind: .bytes, sampleShape: sampleShape, classCount: classCount, classNames: classNames,
            fullScale: fullScale, standardization: standardization)
    }

    var blocks: (features: ByteStorage, labels: ByteStorage) { (storage, labelStorage) }
}
