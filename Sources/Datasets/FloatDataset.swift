/// Samples of real features, as tables of text and NPY files have them.
public struct FloatDataset: Dataset {
    public let sampleShape: [Int]
    public let featureCount: Int
    public let classCount: Int
    public let classNames: [String]?
    public let standardization: Standardization?

    /// [N, …`sampleShape`], as they are presented.
    private let values: [Float]
    private let labels: [Int32]

    /// - Parameters:
    ///   - values: [N, …`sampleShape`], finite.
    ///   - labels: [N], all in 0 ..< `classCount`.
    init(
        values: [Float], sampleShape: [Int], labels: [Int32], classCount: Int, classNames: [String]?,
        standardization: Standardization? = nil
    ) {
        self.values = values
        self.sampleShape = sampleShape
        self.labels = labels
        self.classCount = classCount
        self.classNames = classNames
        self.standardization = standardization
        featureCount = sampleShape.reduce(1, *)
        precondition(
            values.count == labels.count * featureCount,
            "\(values.count) values for \(labels.count) samples of \(featureCount)")
    }

    public var count: Int { labels.count }

    public func label(at index: Int) -> Int32 { labels[index] }

    public func copyBatch(
        _ indices: Span<Int>, into features: inout MutableSpan<Float>, labels: inout MutableSpan<Int32>
    ) {
        checkBatch(indices.count, features.count, labels.count)
        features.withUnsafeMutableBufferPointer { destination in
            values.withUnsafeBufferPointer { source in
                for position in 0..<indices.count {
                    let index = indices[position]
                    labels[position] = self.labels[index]
                    destination.baseAddress!.advanced(by: position * featureCount)
                        .update(from: source.baseAddress!.advanced(by: index * featureCount), count: featureCount)
                }
            }
        }
    }
}

extension FloatDataset: StandardizableDataset {
    var groupCount: Int { sampleShape.count == 3 ? sampleShape[0] : featureCount }

    /// Two passes in Double and in the order of the samples, hence the same bits wherever it runs.
    func measured(over selection: Selection) -> Standardization {
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
        var values = values
        for start in stride(from: 0, to: values.count, by: featureCount) {
            for feature in 0..<featureCount {
                let group = feature / groupSize
                let deviation = Double(values[start + feature]) - means[group]
                values[start + feature] = Float(deviation / deviations[group])
            }
        }
        return FloatDataset(
            values: values, sampleShape: sampleShape, labels: labels, classCount: classCount, classNames: classNames,
            standardization: standardization)
    }
}
