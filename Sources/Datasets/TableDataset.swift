/// Samples of real features, as tables of text have them.
public struct TableDataset: Dataset {
    public let featureCount: Int
    public let classCount: Int
    public let classNames: [String]?
    public let standardization: Standardization?

    /// [N, features], as they are presented.
    private let values: [Float]
    private let labels: [Int32]

    /// - Parameters:
    ///   - values: [N, `featureCount`], finite.
    ///   - labels: [N], places in `classNames`.
    init(
        values: [Float], featureCount: Int, labels: [Int32], classNames: [String],
        standardization: Standardization? = nil
    ) {
        precondition(
            values.count == labels.count * featureCount,
            "\(values.count) values for \(labels.count) samples of \(featureCount)")
        self.values = values
        self.featureCount = featureCount
        self.labels = labels
        self.classNames = classNames
        self.standardization = standardization
        classCount = classNames.count
    }

    public var count: Int { labels.count }
    public var sampleShape: [Int] { [featureCount] }

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

extension TableDataset: StandardizableDataset {
    var groupCount: Int { featureCount }

    /// Two passes in Double and in the order of the rows, hence the same bits wherever it runs.
    func measured(over selection: Selection) -> Standardization {
        let total = Double(selection.count)
        var means = [Double](repeating: 0, count: featureCount)
        var squares = means
        var varies = [Bool](repeating: false, count: featureCount)
        let first = selection[0] * featureCount
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                means[feature] += Double(values[start + feature])
                if values[start + feature] != values[first + feature] { varies[feature] = true }
            }
        }
        for feature in 0..<featureCount {
            // The sum of equal values is rounded; the value itself is not.
            means[feature] = varies[feature] ? means[feature] / total : Double(values[first + feature])
        }
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                let deviation = Double(values[start + feature]) - means[feature]
                squares[feature] += deviation * deviation
            }
        }
        return Standardization(mean: means, standardDeviation: squares.map { ($0 / total).squareRoot() })
    }

    /// The standardised values are computed in Double and kept: a feature with a mean far from zero loses nothing to the
    /// subtraction, and a batch is copied, not computed.
    func standardized(by standardization: Standardization?) -> TableDataset {
        precondition(self.standardization == nil, "the table is standardised already")
        guard let standardization else { return self }
        let (means, deviations) = (standardization.mean, standardization.standardDeviation)
        var values = values
        for start in stride(from: 0, to: values.count, by: featureCount) {
            for feature in 0..<featureCount {
                let deviation = Double(values[start + feature]) - means[feature]
                values[start + feature] = Float(deviation / deviations[feature])
            }
        }
        return TableDataset(
            values: values, featureCount: featureCount, labels: labels, classNames: classNames ?? [],
            standardization: standardization)
    }
}
