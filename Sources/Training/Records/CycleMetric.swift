import LearningRate
import Settings

/// A number by which cycles are told better from worse, such as `validation.loss`.
public struct CycleMetric: Hashable, Sendable {
    /// The samples that it is of, as lines of `metrics.jsonl` name them.
    public enum Samples: String, CaseIterable, Sendable {
        case train, validation, test
    }

    /// A property of ``PredictionMetrics``.
    public enum Measure: String, CaseIterable, Sendable {
        case accuracy, loss, mutualInformation, r2
    }

    public let samples: Samples
    public let measure: Measure

    public init(_ samples: Samples, _ measure: Measure) {
        self.samples = samples
        self.measure = measure
    }

    /// Its value in a cycle; nil where the samples were not looked at.
    func value(train: PredictionMetrics?, validation: PredictionMetrics?, test: PredictionMetrics?) -> Double? {
        let metrics =
            switch samples {
            case .train: train
            case .validation: validation
            case .test: test
            }
        return metrics.map { metrics in
            switch measure {
            case .accuracy: metrics.accuracy
            case .loss: metrics.loss
            case .mutualInformation: metrics.mutualInformation
            case .r2: metrics.targets?.r2 ?? .nan
            }
        }
    }

    /// True where a value is better than another one.
    func prefers(_ value: Double, to other: Double) -> Bool {
        switch measure {
        case .accuracy, .mutualInformation, .r2: value > other
        case .loss: value < other
        }
    }
}

extension CycleMetric: RawRepresentable, CaseIterable, SettingValue, Codable {
    public static var allCases: [Self] {
        Samples.allCases.flatMap { samples in Measure.allCases.map { Self(samples, $0) } }
    }

    public var rawValue: String { "\(samples.rawValue).\(measure.rawValue)" }

    public init?(rawValue: String) {
        guard let metric = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = metric
    }
}
