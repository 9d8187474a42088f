import DataParallel
import Datasets
import LearningRate

/// What is measured of the layers, and on how much.
public struct LayerMeasurement: Sendable, Equatable {
    public var measure: LayerMeasure
    /// Of the samples, in (0, 1].
    public var share: Double

    public init(_ measure: LayerMeasure, share: Double) {
        self.measure = measure
        self.share = share
    }
}

/// Measures at the end of a cycle what each layer that has parameters says about the labels.
struct LayerProbe {
    private let measurement: LayerMeasurement
    /// Of the measurement before.
    var means: ClassMeans?

    init(_ measurement: LayerMeasurement) {
        self.measurement = measurement
    }

    /// Collective. Runs the network over samples that are drawn anew in each cycle.
    mutating func measure(_ dataset: any Dataset, cycle: Int, with replica: Replica) throws -> [LayerMetrics] {
        let count = min(dataset.count, max(1, Int((measurement.share * Double(dataset.count)).rounded())))
        let statistics = try replica.layerStatistics(
            of: dataset, count: count, drawn: cycle, measure: measurement.measure, previous: means)
        means = statistics.means
        return statistics.metrics
    }
}
