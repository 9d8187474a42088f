/// How well predictions meet real targets, over a set of samples on all ranks. Not a number where a prediction is none.
public struct TargetMetrics: Hashable, Sendable {
    /// The coefficient of determination: 1 − Σ(ŷ − y)² / Σ(y − ȳ)², with ȳ the mean over the same samples. 1 is exact, 0 as good as
    /// that mean; not a number where all targets are the same.
    public var r2: Double
    /// The mean of |ŷ − y|, in the target's unit.
    public var meanAbsoluteError: Double
    /// The root of the mean of (ŷ − y)², in the target's unit.
    public var rootMeanSquaredError: Double

    public init(r2: Double, meanAbsoluteError: Double, rootMeanSquaredError: Double) {
        self.r2 = r2
        self.meanAbsoluteError = meanAbsoluteError
        self.rootMeanSquaredError = rootMeanSquaredError
    }
}

extension TargetMetrics: Codable {
    private enum Key: String, CodingKey {
        case r2, meanAbsoluteError, rootMeanSquaredError
    }

    /// Nil where the keys are absent: the metrics of classes.
    init?(ifPresentIn decoder: any Decoder) throws {
        guard try decoder.container(keyedBy: Key.self).contains(.r2) else { return nil }
        try self.init(from: decoder)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        r2 = try container.decodeNumber(.r2)
        meanAbsoluteError = try container.decodeNumber(.meanAbsoluteError)
        rootMeanSquaredError = try container.decodeNumber(.rootMeanSquaredError)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeNumber(r2, .r2)
        try container.encodeNumber(meanAbsoluteError, .meanAbsoluteError)
        try container.encodeNumber(rootMeanSquaredError, .rootMeanSquaredError)
    }
}
