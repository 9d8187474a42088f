/// Numbers of samples, one sample after another, by their places.
protocol PlacedNumbers {
    subscript(place: Int) -> Double { get }
}

/// Numbers of 32 bits in memory.
struct SingleNumbers: PlacedNumbers {
    let values: UnsafeBufferPointer<Float>

    @inline(__always)
    subscript(place: Int) -> Double { Double(values[place]) }
}

extension UnsafeBufferPointer: PlacedNumbers where Element == Double {}

/// The features of a sample in groups of equal size that are standardized alike: channels, or single features.
struct GroupedFeatures {
    let featureCount: Int
    let groupCount: Int
    var groupSize: Int { featureCount / groupCount }
}

extension PlacedNumbers {
    /// Two passes over numbers that 32 bits hold, whose sums lose nothing that matters in Double.
    ///
    /// Computes in Double and in the order of the samples, hence the same bits wherever it runs.
    func measured(over selection: Selection, _ features: GroupedFeatures) -> Standardization {
        let (groupSize, featureCount, groupCount) = (features.groupSize, features.featureCount, features.groupCount)
        let total = Double(selection.count * groupSize)
        var means = [Double](repeating: 0, count: groupCount)
        var squares = means
        var varies = [Bool](repeating: false, count: groupCount)
        let first = selection[0] * featureCount
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                let group = feature / groupSize
                means[group] += self[start + feature]
                if self[start + feature] != self[first + group * groupSize] { varies[group] = true }
            }
        }
        for group in 0..<groupCount {
            // The sum of equal values is rounded; the value itself is not.
            means[group] = varies[group] ? means[group] / total : self[first + group * groupSize]
        }
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                let deviation = self[start + feature] - means[feature / groupSize]
                squares[feature / groupSize] += deviation * deviation
            }
        }
        return Standardization(mean: means, standardDeviation: squares.map { ($0 / total).squareRoot() })
    }

    /// The same for numbers of 64 bits, whose sums must not be rounded to those: a mean off by some spacings of Double would
    /// count where the numbers are only some spacings apart.
    func measuredCompensated(over selection: Selection, _ features: GroupedFeatures) -> Standardization {
        let (groupSize, featureCount, groupCount) = (features.groupSize, features.featureCount, features.groupCount)
        let total = Double(selection.count * groupSize)
        let first = selection[0] * featureCount
        var sums = [CompensatedSum](repeating: CompensatedSum(), count: groupCount)
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                let group = feature / groupSize
                // Differences from a value of the set itself are small, or exact, where the numbers lie together.
                sums[group].add(self[start + feature] - self[first + group * groupSize])
            }
        }
        let means = (0..<groupCount).map { self[first + $0 * groupSize] + sums[$0].value / total }
        var rests = [CompensatedSum](repeating: CompensatedSum(), count: groupCount)
        var squares = rests
        for position in 0..<selection.count {
            let start = selection[position] * featureCount
            for feature in 0..<featureCount {
                let group = feature / groupSize
                let deviation = self[start + feature] - means[group]
                rests[group].add(deviation)
                squares[group].add(deviation * deviation)
            }
        }
        let deviations = zip(squares, rests).map { square, rest in
            // What the mean's own rounding adds to the squares is taken off (Chan, Golub, LeVeque, "Algorithms for computing
            // the sample variance", 1983).
            (max(square.value - rest.value * rest.value / total, 0) / total).squareRoot()
        }
        return Standardization(mean: means, standardDeviation: deviations)
    }
}

/// A sum of Doubles with an error that does not grow with their number (A. Neumaier, ZAMM 54, 1974).
struct CompensatedSum {
    private var sum = 0.0
    private var compensation = 0.0

    var value: Double { sum + compensation }

    @inline(__always)
    mutating func add(_ term: Double) {
        let total = sum + term
        compensation += abs(sum) >= abs(term) ? (sum - total) + term : (term - total) + sum
        sum = total
    }
}
