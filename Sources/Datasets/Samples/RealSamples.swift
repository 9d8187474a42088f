/// Samples of real features as their file has them, in up to 64 bits, before they are presented.
///
/// A feature is standardized in Double and then cut to 32 bits: seconds of a clock or numbers of parts, which differ in digits
/// that 32 bits do not have, keep their differences.
final class RealSamples: StandardizableSamples {
    let sampleShape: [Int]
    let featureCount: Int
    let classCount: Int
    let classNames: [String]?
    let labels: [Int32]
    /// [N, T], of a regression; labels then are all 0.
    let targets: [Double]?
    private let numbers: RealNumbers
    /// The file.
    let subject: String
    /// Names of the features, if they have any.
    let featureNames: [String]?
    /// The fields of a table that the numbers are; nil for what is no table, or one whose columns have been encoded.
    let cells: TableCells?
    /// By feature: false where it is 0 or 1, or the number of a level, and stays so; nil where all are numbers.
    private let areNumbers: [Bool]?
    /// Place in the file of the first sample.
    private let first: Int

    /// - Parameters:
    ///   - numbers: [N, …`sampleShape`], finite also in 32 bits.
    ///   - labels: [N], all in 0 ..< `classCount`.
    ///   - areNumbers: by feature of a table: false where it is 0 or 1, or the number of a level, and stays so; nil where all are
    ///     numbers.
    init(
        _ numbers: RealNumbers, sampleShape: [Int], labels: [Int32], classCount: Int, classNames: [String]?,
        targets: [Double]? = nil, featureNames: [String]? = nil, areNumbers: [Bool]? = nil, cells: TableCells? = nil,
        subject: String, first: Int = 0
    ) {
        self.first = first
        self.targets = targets
        self.areNumbers = areNumbers
        self.cells = cells
        self.numbers = numbers
        self.sampleShape = sampleShape
        self.labels = labels
        self.classCount = classCount
        self.classNames = classNames
        self.featureNames = featureNames
        self.subject = subject
        featureCount = sampleShape.reduce(1, *)
        precondition(
            numbers.count == labels.count * featureCount,
            "\(numbers.count) values for \(labels.count) samples of \(featureCount)")
    }

    var count: Int { labels.count }
    var fullScale: Double { 1 }

    func label(at index: Int) -> Int32 { labels[index] }

    /// Feature `feature` of sample `index`, as the file has it.
    subscript(index: Int, feature: Int) -> Double { numbers[index * featureCount + feature] }

    var groupCount: Int { sampleShape.count > 1 ? sampleShape[0] : featureCount }
    private var groupSize: Int { featureCount / groupCount }

    /// Computes in Double and in the order of the samples, hence the same bits wherever it runs.
    func measured(over selection: Selection) -> Standardization {
        let features = GroupedFeatures(featureCount: featureCount, groupCount: groupCount)
        let measured =
            numbers.width == .single
            ? SingleNumbers(values: numbers.elements(Float.self)).measured(over: selection, features)
            : numbers.elements(Double.self).measuredCompensated(over: selection, features)
        guard let areNumbers else { return measured }
        return Standardization(
            mean: zip(measured.mean, areNumbers).map { $1 ? $0 : 0 },
            standardDeviation: zip(measured.standardDeviation, areNumbers).map { $1 ? $0 : 1 })
    }

    /// Gives up the samples: only once.
    func presented(by standardization: Standardization?) throws(DatasetError) -> FloatDataset {
        let labels = ByteStorage(copying: labels)
        let values: ByteStorage
        if let standardization {
            let (groupSize, means, deviations) = (groupSize, standardization.mean, standardization.standardDeviation)
            values = numbers.cut(rowCount: featureCount) { number, feature in
                let group = feature / groupSize
                return Float((number - means[group]) / deviations[group])
            }
            try checkFinite(values.elements(Float.self), standardization)
        } else {
            values =
                numbers.width == .single ? numbers.release() : numbers.cut(rowCount: featureCount) { x, _ in Float(x) }
        }
        return FloatDataset(
            values: values, sampleShape: sampleShape, labels: labels, classCount: classCount, classNames: classNames,
            standardization: standardization)
    }

    /// A sample far outside of those that were measured can be out of the range of 32 bits.
    private func checkFinite(
        _ values: UnsafeBufferPointer<Float>, _ standardization: Standardization
    ) throws(DatasetError) {
        guard let place = values.firstIndex(where: { !$0.isFinite }) else { return }
        let feature = place % featureCount
        throw DatasetError(
            .invalidNumber, subject, expected: "numbers that are finite in 32 bits when they are standardized",
            found: "one of sample \(first + place / featureCount) that is not, \(name(ofFeature: feature)), of mean "
                + "\(standardization.mean[feature / groupSize]) and deviation "
                + "\(standardization.standardDeviation[feature / groupSize])",
            remedy: "correct the number, or leave the sample or the feature out")
    }

    private func name(ofFeature feature: Int) -> String {
        featureNames.map { "feature \($0[feature].debugDescription)" } ?? "feature \(feature)"
    }
}

extension RealSamples {
    /// Rows of which the numbers are held against their 32-bit floats, at most.
    private static let examinedRows = 4096
    /// Numbers that are examined, about, however many features there are.
    private static let examinedNumbers = 1 << 22

    /// One warning where the samples selected lose differences on the way to 32 bits.
    ///
    /// A feature is told of when 32 floats in a row span its standard deviation or more, or when its distinct numbers
    /// become at most half as many. Standardized numbers are held against the spacing of Double in the first case.
    ///
    /// - Parameter standardization: what they will be presented with, measured on the same samples; nil for none.
    func lostSpread(over selection: Selection, presentedBy standardization: Standardization?) -> [DataWarning] {
        guard numbers.width == .double else { return [] }
        let statistics = standardization ?? measured(over: selection)
        let largest = largestMagnitudes(over: selection)
        var (affected, example) = (0, "")
        for group in 0..<groupCount {
            let deviation = statistics.standardDeviation[group]
            let spacing = standardization == nil ? Double(Float(largest[group]).ulp) : largest[group].ulp
            let merged = mergedNumbers(ofGroup: group, over: selection, standardization)
            let isCoarse = 32 * spacing >= deviation && merged.distinct > 1
            guard isCoarse || 2 * merged.presented <= merged.distinct else { continue }
            affected += 1
            guard example.isEmpty else { continue }
            example = sampleShape.count > 1 ? "channel \(group)" : name(ofFeature: group)
            example +=
                isCoarse
                ? " reaches \(largest[group]), where \(standardization == nil ? 32 : 64)-bit numbers lie \(spacing) "
                    + "apart, with a standard deviation of \(Float(deviation))"
                : " has \(merged.distinct) numbers that are \(merged.presented) in 32 bits"
        }
        if affected == 0 { return [] }
        let more = affected > 1 ? " (\(affected - 1) more like it)" : ""
        return [
            DataWarning(
                .lostSpread, subject, found: example + more,
                remedy: standardization == nil
                    ? "standardize the data, or subtract an offset" : "subtract an offset, or remove what lies far out")
        ]
    }

    private func largestMagnitudes(over selection: Selection) -> [Double] {
        let (values, groupSize) = (numbers.elements(Double.self), groupSize)
        var largest = [Double](repeating: 0, count: groupCount)
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                largest[feature / groupSize] = max(largest[feature / groupSize], abs(values[start + feature]))
            }
        }
        return largest
    }

    /// How many numbers of a group differ in the file, and how many as they are presented, in rows spread over the selection.
    private func mergedNumbers(
        ofGroup group: Int, over selection: Selection, _ standardization: Standardization?
    ) -> (distinct: Int, presented: Int) {
        let rows = min(selection.count, Self.examinedRows, max(64, Self.examinedNumbers / featureCount))
        var sample: [Double] = []
        sample.reserveCapacity(rows * groupSize)
        for row in 0..<rows {
            let start = selection[row * selection.count / rows] * featureCount + group * groupSize
            for feature in 0..<groupSize { sample.append(numbers[start + feature]) }
        }
        sample.sort()
        var (distinct, presented) = (1, 1)
        func present(_ number: Double) -> Float {
            guard let standardization else { return Float(number) }
            return Float((number - standardization.mean[group]) / standardization.standardDeviation[group])
        }
        // The order is kept by rounding: equal floats lie side by side.
        for place in 1..<max(sample.count, 1) where sample[place] != sample[place - 1] {
            distinct += 1
            if present(sample[place]) != present(sample[place - 1]) { presented += 1 }
        }
        return (distinct, presented)
    }
}
