/// Samples of real features, as tables of text and NPY files have them.
public struct FloatDataset: Dataset {
    public let sampleShape: [Int]
    public let featureCount: Int
    public let classCount: Int
    public let classNames: [String]?
    public let standardization: Standardization?

    /// [N, …`sampleShape`] floats, as they are presented.
    private let valueStorage: ByteStorage
    /// [N] integers of 32 bits.
    private let labelStorage: ByteStorage

    /// - Parameters:
    ///   - values: [N, …`sampleShape`] floats as they are presented, finite.
    ///   - labels: [N] integers of 32 bits, all in 0 ..< `classCount`.
    init(
        values: ByteStorage, sampleShape: [Int], labels: ByteStorage, classCount: Int, classNames: [String]?,
        standardization: Standardization? = nil
    ) {
        valueStorage = values
        self.sampleShape = sampleShape
        labelStorage = labels
        self.classCount = classCount
        self.classNames = classNames
        self.standardization = standardization
        featureCount = sampleShape.reduce(1, *)
        let (valueCount, labelCount) = (values.elements(Float.self).count, labels.elements(Int32.self).count)
        precondition(
            valueCount == labelCount * featureCount,
            "\(valueCount) values for \(labelCount) samples of \(featureCount)")
    }

    public var count: Int { labels.count }
    private var values: UnsafeBufferPointer<Float> { valueStorage.elements(Float.self) }
    private var labels: UnsafeBufferPointer<Int32> { labelStorage.elements(Int32.self) }

    public func label(at index: Int) -> Int32 {
        precondition(index >= 0 && index < count, "sample \(index) of \(count)")
        return labels[index]
    }

    public func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        checkBatch(indices.count, features.count, labels.count)
        features.withUnsafeMutableBufferPointer { destination in
            for position in 0..<indices.count {
                let index = indices[position]
                labels[position] = label(at: index)
                destination.baseAddress!.advanced(by: position * featureCount)
                    .update(from: values.baseAddress!.advanced(by: index * featureCount), count: featureCount)
            }
        }
    }
}

extension FloatDataset: StoredDataset {
    var form: StoredForm {
        StoredForm(
            kind: .floats, sampleShape: sampleShape, classCount: classCount, classNames: classNames,
            standardization: standardization)
    }

    var blocks: (features: ByteStorage, labels: ByteStorage) { (valueStorage, labelStorage) }
}
