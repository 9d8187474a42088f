/// Mean and standard deviation of the training samples: per channel for images, per feature for tables.
///
/// Samples are presented to a network as (v − mean) / standard deviation, where v is the value scaled to 0 … 1 for images
/// of bytes and the value as it stands in the file otherwise. A test set uses the values of its training set, and a checkpoint
/// keeps them beside the weights.
public struct Standardization: Sendable, Equatable, Codable {
    /// One value a channel, [C], or a feature, [features].
    public let mean: [Double]
    /// Same length as ``mean``, all positive; 1 where a channel or feature is constant.
    public let standardDeviation: [Double]

    /// - Parameters: of equal length; a standard deviation of 0 becomes 1.
    public init(mean: [Double], standardDeviation: [Double]) {
        precondition(
            mean.count == standardDeviation.count,
            "\(mean.count) means and \(standardDeviation.count) standard deviations")
        precondition(
            standardDeviation.allSatisfy { $0 >= 0 && $0.isFinite }, "standard deviations \(standardDeviation)")
        self.mean = mean
        self.standardDeviation = standardDeviation.map { $0 > 0 ? $0 : 1 }
    }

    /// Which standardisation a data set is to have.
    public enum Choice: Sendable, Equatable {
        /// Measure it on the training samples.
        case fromTraining
        /// None: images of bytes are scaled to 0 … 1, other values stay as they are.
        case off
        /// A measured one, as kept with the weights.
        case given(Standardization)
    }
}
