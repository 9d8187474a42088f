import DataParallel
import Datasets
import LearningRate

/// Measures at the end of a cycle what each layer that has parameters says about the labels.
package struct LayerProbe {
    private let measurement: LayerwiseSettings
    /// Class means of the measurement before.
    package var means: ClassMeans?

    package init(_ measurement: LayerwiseSettings) {
        self.measurement = measurement
    }

    /// Collective. Runs the network over samples that are drawn anew in each cycle.
    package mutating func measure(_ dataset: any Dataset, cycle: Int, with replica: Replica) throws -> [LayerMetrics] {
        let count = min(dataset.count, max(1, Int((measurement.share * Double(dataset.count)).rounded())))
        let statistics = try replica.layerStatistics(
            of: dataset, count: count, drawn: cycle, measure: measurement.measure, previous: means)
        means = statistics.means
        return statistics.metrics
    }
}
