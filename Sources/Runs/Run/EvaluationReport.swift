import DataParallel
import InformationTheory
import LearningRate

/// The scores of an evaluation as one JSON object. A number that is not finite is null.
public struct EvaluationReport: Encodable, Sendable {
    public let samples: Int64
    /// Loss, accuracy, H(Y), I(Y;Ŷ) with its standard error, and residual.
    public let metrics: PredictionMetrics
    /// The share of samples whose class is among the five likeliest; nil with five classes or fewer.
    public let top5: Double?
    /// With two classes, the area under the receiver operating characteristic.
    public let areaUnderCurve: Double?
    /// Nil for real targets.
    public let calibrationError: Double?
    /// Classes, or bins of a target; empty with several targets.
    public let classes: [ClassReport]
    /// Samples, `[label][prediction]`; empty with several targets.
    public let confusion: [[Int64]]

    public struct ClassReport: Encodable, Sendable {
        public let name: String
        public let samples: Int64
        public let precision, recall, f1: Double
    }

    init(_ run: EvaluationRun) {
        samples = run.confusion.total
        metrics = run.metrics
        top5 = run.scores?.topAccuracy
        areaUnderCurve = run.scores?.areaUnderCurve
        calibrationError = run.scores?.calibrationError
        guard run.metrics.outputs.isEmpty else {
            (classes, confusion) = ([], [])
            return
        }
        classes = zip(run.classNames, run.confusion.classScores).map { name, scores in
            ClassReport(
                name: name, samples: scores.samples, precision: scores.precision(), recall: scores.recall(),
                f1: scores.f1())
        }
        confusion = run.confusionRows
    }

    private enum Key: String, CodingKey {
        case samples, top5, areaUnderCurve, calibrationError, classes, confusion
    }

    /// The metrics beside the other scores, as in a line of `metrics.jsonl`.
    public func encode(to encoder: any Encoder) throws {
        try metrics.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(samples, forKey: .samples)
        try container.encodeIfPresent(top5, forKey: .top5)
        try container.encodeIfPresent(areaUnderCurve, forKey: .areaUnderCurve)
        if let calibrationError { try container.encodeNumber(calibrationError, .calibrationError) }
        try container.encode(classes, forKey: .classes)
        try container.encode(confusion, forKey: .confusion)
    }
}
