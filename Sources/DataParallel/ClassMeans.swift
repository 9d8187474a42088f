/// The mean output of each layer over the samples of each class, of all ranks.
public struct ClassMeans: Sendable, Equatable, Codable {
    /// Mean outputs of one layer.
    struct Layer: Equatable, Codable {
        /// `[classes, units]`.
        let means: [Float]
        /// `[classes]`: half of the mean's squared length; infinite for a class that had no samples.
        let offsets: [Float]

        /// - Parameters:
        ///   - sums: `[classes, units]`, in units of 2⁻²⁰.
        ///   - counts: samples, `[classes]`.
        init(sums: [Int64], counts: [Int64]) {
            let units = sums.count / counts.count
            var means = [Float](repeating: 0, count: sums.count)
            var offsets = [Float](repeating: .infinity, count: counts.count)
            for (index, count) in counts.enumerated() where count > 0 {
                var square = 0.0
                for place in index * units..<(index + 1) * units {
                    means[place] = Float(Double(sums[place]) * 0x1p-20 / Double(count))
                    square += Double(means[place]) * Double(means[place])
                }
                offsets[index] = Float(square / 2)
            }
            self.means = means
            self.offsets = offsets
        }
    }

    let layers: [Layer]
}
