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
    ///   - values: [N, …`sampleShape`], finite.
    ///   - labels: [N], all in 0 ..< `classCount`.
    init(values: [Float], sampleShape: [Int], labels: [Int32], classCount: Int, classNames: [String]?) {
        self.init(
            values: ByteStorage(copying: values), sampleShape: sampleShape, labels: ByteStorage(copying: labels),
            classCount: classCount, classNames: classNames)
    }

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

extension FloatDataset: StandardizableDataset {
    var groupCount: Int { sampleShape.count == 3 ? sampleShape[0] : featureCount }

    /// Two passes in Double and in the order of the samples, hence the same bits wherever it runs.
    func measured(over selection: Selection) -> Standardization {
        let values = values
        let groupSize = featureCount / groupCount
        let total = Double(selection.count * groupSize)
        var means = [Double](repeating: 0, count: groupCount)
        var squares = means
        var varies = [Bool](repeating: false, count: groupCount)
        let first = selection[0] * featureCount
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                let group = feature / groupSize
                means[group] += Double(values[start + feature])
                if values[start + feature] != values[first + group * groupSize] { varies[group] = true }
            }
        }
        for group in 0..<groupCount {
            // The sum of equal values is rounded; the value itself is not.
            means[group] = varies[group] ? means[group] / total : Double(values[first + group * groupSize])
        }
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                let deviation = Double(values[start + feature]) - means[feature / groupSize]
                squares[feature / groupSize] += deviation * deviation
            }
        }
        return Standardization(mean: means, standardDeviation: squares.map { ($0 / total).squareRoot() })
    }

    /// The standardised values are computed in Double and kept: a feature with a mean far from zero loses nothing to the
    /// subtraction, and a batch is copied, not computed.
    func standardized(by standardization: Standardization?) -> FloatDataset {
        precondition(self.standardization == nil, "the samples are standardised already")
        guard let standardization else { return self }
        let groupSize = featureCount / groupCount
        let (means, deviations) = (standardization.mean, standardization.standardDeviation)
        let values = values
        let standardized = ByteStorage(of: Float.self, count: values.count) { standardized in
            for start in stride(from: 0, to: values.count, by: featureCount) {
                for feature in 0..<featureCount {
                    let group = feature / groupSize
                    let deviation = Double(values[start + feature]) - means[group]
                    standardized.initializeElement(at: start + feature, to: Float(deviation / deviations[group]))
                }
            }
        }
        return FloatDataset(
            values: standardized, sampleShape: sampleShape, labels: labelStorage, classCount: classCount,
            classNames: classNames,
            standardization: standardization)
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
