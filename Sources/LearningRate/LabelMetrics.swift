/// How well predictions of one of several labels meet it, over a set of samples on all ranks.
public struct LabelMetrics: Hashable, Sendable {
    /// Samples that have the label.
    public var samples: Int64
    /// Share of the samples it is predicted for that have it; 0 where there are none.
    public var precision: Double
    /// Share of the samples with the label that it is predicted for; 0 where there are none.
    public var recall: Double
    /// The harmonic mean of both.
    public var f1: Double
    /// Area under the receiver operating characteristic, where it was measured and samples with and without the label occur.
    public var areaUnderCurve: Double?

    public init(samples: Int64, precision: Double, recall: Double, f1: Double, areaUnderCurve: Double? = nil) {
        self.samples = samples
        self.precision = precision
        self.recall = recall
        self.f1 = f1
        self.areaUnderCurve = areaUnderCurve
    }
}

extension LabelMetrics: Codable {
    private enum Key: String, CodingKey {
        case samples, precision, recall, f1, areaUnderCurve
    }

    /// Nil where the keys are absent: the metrics of a real target.
    init?(ifPresentIn decoder: any Decoder) throws {
        guard try decoder.container(keyedBy: Key.self).contains(.f1) else { return nil }
        try self.init(from: decoder)
    }
}
