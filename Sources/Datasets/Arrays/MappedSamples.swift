/// Samples of real numbers that stay in their file, before they are presented.
struct MappedSamples: StandardizableSamples {
    let sampleShape: [Int]
    let classCount: Int
    let classNames: [String]?
    private let labels: [Int32]
    private let file: MappedFile
    private let element: NPYElement
    private let numbers: MappedNumbers
    private let featureCount: Int
    /// The least and the largest number of each group of features.
    private let extremes: [ClosedRange<Double>]

    /// Looks at all numbers once, in their order.
    ///
    /// - Throws: code `invalidNumber` where one is not finite in 32 bits.
    init(
        _ file: MappedFile, of element: NPYElement, sampleShape: [Int], labels: [Int32], classCount: Int,
        classNames: [String]?
    ) throws(DatasetError) {
        self.file = file
        self.element = element
        self.sampleShape = sampleShape
        self.labels = labels
        self.classCount = classCount
        self.classNames = classNames
        featureCount = sampleShape.reduce(1, *)
        numbers = MappedNumbers(bytes: file.bytes, element: element)
        let groups = sampleShape.count > 1 ? sampleShape[0] : featureCount
        let byteCount = featureCount / groups * element.size
        var lows = [Double](repeating: .infinity, count: groups)
        var highs = [Double](repeating: -.infinity, count: groups)
        for sample in 0..<labels.count {
            for group in 0..<groups {
                let start = (sample * groups + group) * byteCount
                var (low, high, isFinite) = (lows[group], highs[group], true)
                element.forEachNumber(UnsafeRawBufferPointer(rebasing: file.bytes[start..<start + byteCount])) {
                    _, number in
                    low = min(low, number)
                    high = max(high, number)
                    isFinite = isFinite && Float(number).isFinite
                }
                if !isFinite { throw Self.notFinite(numbers, sample * featureCount, featureCount, file.place.path) }
                (lows[group], highs[group]) = (low, high)
            }
        }
        extremes = zip(lows, highs).map { $0...$1 }
    }

    private static func notFinite(
        _ numbers: MappedNumbers, _ start: Int, _ featureCount: Int, _ path: String
    ) -> DatasetError {
        let feature = (0..<featureCount).first { !Float(numbers[start + $0]).isFinite } ?? 0
        return DatasetError(
            .invalidNumber, path, expected: "numbers that are finite in 32 bits",
            found: "\(numbers[start + feature]) as feature \(feature) of sample \(start / featureCount)",
            remedy: "correct the number, or leave the sample out")
    }

    var count: Int { labels.count }
    var fullScale: Double { 1 }
    var groupCount: Int { extremes.count }

    func label(at index: Int) -> Int32 { labels[index] }

    func measured(over selection: Selection) -> Standardization {
        let layout = GroupedFeatures(featureCount: featureCount, groupCount: groupCount)
        return element.width == .single
            ? numbers.measured(over: selection, layout) : numbers.measuredCompensated(over: selection, layout)
    }

    func presented(by standardization: Standardization?) throws(DatasetError) -> ArrayDataset {
        for (group, extremes) in extremes.enumerated() {
            guard let standardization else { break }
            let (mean, deviation) = (standardization.mean[group], standardization.standardDeviation[group])
            for number in [extremes.lowerBound, extremes.upperBound] where !Float((number - mean) / deviation).isFinite
            {
                throw DatasetError(
                    .invalidNumber, file.place.path,
                    expected: "numbers that are finite in 32 bits when they are standardized",
                    found:
                        "\(number) of \(sampleShape.count > 1 ? "channel" : "feature") \(group), of mean \(mean) and "
                        + "deviation \(deviation)",
                    remedy: "correct the number, or leave the sample or the feature out")
            }
        }
        return ArrayDataset(
            elements: ByteStorage(file), of: element, sampleShape: sampleShape, labels: ByteStorage(copying: labels),
            classCount: classCount, classNames: classNames, standardization: standardization)
    }
}

/// Elements of an array by their places.
struct MappedNumbers: PlacedNumbers {
    let bytes: UnsafeRawBufferPointer
    let element: NPYElement

    subscript(place: Int) -> Double {
        var found = 0.0
        let start = place * element.size
        element.forEachNumber(UnsafeRawBufferPointer(rebasing: bytes[start..<start + element.size])) { found = $1 }
        return found
    }
}
