import DataParallel
import Training

/// Writes `metrics.csv`, where it is asked for: a row for each line of `metrics.jsonl`. For rank 0.
///
/// The table is made from the lines when a training begins, goes on or goes back, and grows by a row a cycle after that.
final class MetricsTableObserver: TrainingObserver {
    private let metrics: MetricsObserver
    private let output: RunOutput
    private var table = MetricsTable(layers: [])
    /// Nil where the file is to be made from the lines.
    private var file: GrowingFile?

    /// - Parameter metrics: is told before this observer.
    init(_ metrics: MetricsObserver, _ output: RunOutput) {
        self.metrics = metrics
        self.output = output
    }

    func begin(_ trainer: Trainer) { renew(metrics.cycles) }

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) {
        guard let file else { return renew(metrics.cycles) }
        file.append(table.row(cycle.metrics))
        flush()
    }

    func rollBack(_ record: RollBackRecord, of trainer: Trainer) { renew(metrics.cycles) }
    func checkpoint(_ requests: StepRequests, of trainer: Trainer) { flush() }
    func failure(of trainer: Trainer) { flush() }
    func end(_ trainer: Trainer) { flush() }

    /// Makes the file from all lines; nothing where there are none, as their columns are not known then.
    func renew(_ cycles: [CycleMetrics]) {
        file = nil
        guard let last = cycles.last else {
            output.attempt(path) { () throws(FileError) in try GrowingFile(path).cut { _ in false } }
            return
        }
        table = MetricsTable(layers: last.layers?.map(\.layer) ?? [])
        output.attempt(path) { () throws(FileError) in
            let file = GrowingFile(path, header: table.header)
            try file.cut { _ in false }
            for cycle in cycles { file.append(table.row(cycle)) }
            try file.flush()
            self.file = file
        }
    }

    private var path: String { output.directory.metricsTable }

    /// Writes what is held back.
    func flush() {
        guard let file else {
            if !metrics.cycles.isEmpty { renew(metrics.cycles) }
            return
        }
        output.attempt(path) { () throws(FileError) in try file.flush() }
    }
}
