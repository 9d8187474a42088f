import LearningRate
import Training

/// The lines of `metrics.jsonl` as the rows of a CSV file, for spreadsheets and data frames. Columns are named by the keys, with a
/// point where one is below another: `test.loss`, `layers.0.rate`. They are the same in every run, but for those of layers. A number
/// that is not finite or was not measured is an empty field.
struct MetricsTable {
    /// Names of layers with rates of their own, in the order of the network.
    let layers: [String]

    /// The last three are of a regression.
    private static let ofPredictions: [(name: String, value: @Sendable (PredictionMetrics) -> Double?)] = [
        ("loss", { $0.loss }), ("accuracy", { $0.accuracy }), ("labelEntropy", { $0.labelEntropy }),
        ("mutualInformation", { $0.mutualInformation }), ("standardError", { $0.standardError }),
        ("residual", { $0.residual }), ("r2", { $0.targets?.r2 }),
        ("meanAbsoluteError", { $0.targets?.meanAbsoluteError }),
        ("rootMeanSquaredError", { $0.targets?.rootMeanSquaredError }),
    ]
    private static let ofLayers: [(name: String, path: KeyPath<LayerCycleMetrics, Double> & Sendable)] = [
        ("rate", \.rate), ("mutualInformation", \.mutualInformation), ("standardError", \.standardError),
        ("residual", \.residual),
    ]

    var header: String {
        var names = ["step", "epoch", "seconds", "samplesPerSecond", "rate", "rateBits", "decision", "best"]
        for set in CycleMetric.Samples.allCases { names += Self.ofPredictions.map { "\(set.rawValue).\($0.name)" } }
        for layer in layers { names += Self.ofLayers.map { "layers.\(layer).\($0.name)" } }
        return csvRow(names)
    }

    func row(_ cycle: CycleMetrics) -> String {
        func text(_ number: Double?) -> String {
            guard let number, number.isFinite else { return "" }
            return "\(number)"
        }
        var fields = ["\(cycle.step)"]
        fields += [cycle.epoch, cycle.seconds, cycle.samplesPerSecond, cycle.rate].map(text)
        fields += [cycle.rateBits, cycle.decision ?? "", cycle.best.map { "\($0)" } ?? ""]
        for set in [cycle.train, cycle.validation, cycle.test] {
            fields += Self.ofPredictions.map { text(set.flatMap($0.value)) }
        }
        for name in layers {
            let layer = cycle.layers?.first { $0.layer == name }
            fields += Self.ofLayers.map { text(layer?[keyPath: $0.path]) }
        }
        return csvRow(fields)
    }
}
