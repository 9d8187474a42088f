import Foundation
import Training

/// Draws the plots of a run; on rank 0.
final class PlotObserver: TrainingObserver {
    private let title: String
    private let isInNats: Bool
    private let metrics: MetricsObserver
    private let files: RunFiles
    private let output: RunOutput
    private let queue = PlotQueue()

    /// - Parameter isInNats: false of real targets, whose loss has another unit.
    init(title: String, isInNats: Bool, metrics: MetricsObserver, files: RunFiles, _ output: RunOutput) {
        self.title = title
        self.isInNats = isInNats
        self.metrics = metrics
        self.files = files
        self.output = output
    }

    func search(_ search: BoundsSearch) {
        guard case .rangeTest(let test) = search else { return }
        let plot = RangeTestReport(test: test).plot(title: title, isInNats: isInNats)
        queue.draw("range test ", for: output.directory.rangeTestPlot) { plot.picture() }
    }

    func cycle(_ cycle: CycleRecord, of trainer: Trainer) { tell() }

    func end(_ trainer: Trainer) {
        if !trainer.isInterrupted { draw(metrics.cycles) }
    }

    private func draw(_ cycles: [CycleMetrics]) {
        let plot = TrainingPlot(title: title, metrics: cycles)
        queue.draw("", for: output.directory.plot) { plot.picture() }
    }

    /// Draws what a run that has ended was to leave and lacks, as where gnuplot was not installed yet.
    func drawMissing(_ cycles: [CycleMetrics]) {
        let manager = FileManager.default
        if !manager.fileExists(atPath: output.directory.plot) { draw(cycles) }
        if manager.fileExists(atPath: output.directory.rangeTest),
            !manager.fileExists(atPath: output.directory.rangeTestPlot)
        {
            output.logger.notice(
                "\(output.directory.rangeTestPlot) is missing; what it shows is in \(output.directory.rangeTest)")
        }
    }

    /// Waits for all plots, and writes and tells of them.
    func finish() {
        queue.finish()
        tell()
    }

    /// Writes and tells of the plots that have been drawn meanwhile.
    private func tell() {
        queue.write(with: files) { output.logger.notice("\($0)") }
    }
}
