import Foundation
import LearningRate
import Training

/// Shows on one rank how a run gets on: on a terminal a bar with the rate of samples and the time left, redrawn at most
/// ten times a second; elsewhere a line at most every 30 seconds. At the end of each cycle both show a row of a table.
public final class ProgressReporter {
    private static let secondsBetweenRedraws = 0.1
    static let secondsBetweenLines = 30.0
    /// The rate shown is a mean whose weights fall by half in this time, so that it is steady but follows.
    private static let halfLife = 5.0

    private let totalSamples: Int
    private let samplesPerEpoch: Int
    private let table: CycleTable
    private let isTerminal: Bool
    private let terminal: () -> Terminal?
    private let now: () -> Double
    private let write: (String) -> Void

    private var samples = 0
    private var samplesAtMeasurement = 0
    private var lastMeasurement: Double
    private var lastShown: Double
    private var samplesPerSecond: Double?
    private var isBarShown = false
    private var hasHeader = false

    /// - Parameters:
    ///   - totalSamples: samples of all ranks in the whole run, each counted once an epoch.
    ///   - samplesPerEpoch: samples of all ranks in an epoch, at least 1.
    ///   - source: the predictions whose mutual information the table shows.
    ///   - hasValidation: whether the table shows the accuracy on a validation set.
    ///   - samplesBefore: of the run before it was continued.
    ///   - output: the descriptor written to; where there is no ``Terminal`` behind it there is no bar.
    public convenience init(
        totalSamples: Int, samplesPerEpoch: Int, source: PredictionSource = .train,
        hasValidation: Bool = false, samplesBefore: Int = 0, output: Int32 = STDOUT_FILENO
    ) {
        // Whether there is a terminal does not change while a run goes on; its width does.
        let isTerminal = Terminal.behind(output) != nil
        self.init(
            totalSamples: totalSamples, samplesPerEpoch: samplesPerEpoch, source: source,
            hasValidation: hasValidation, terminal: { isTerminal ? Terminal.behind(output) : nil },
            now: {
                var time = timespec()
                clock_gettime(CLOCK_MONOTONIC, &time)
                return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
            },
            write: { text in
                // Progress is no reason to end a run: what is not taken is dropped.
                let bytes = Array(text.utf8)
                var sent = 0
                while sent < bytes.count {
                    let count = bytes[sent...].withUnsafeBytes { Foundation.write(output, $0.baseAddress, $0.count) }
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { return }
                    sent += count
                }
            })
        samples = samplesBefore
        samplesAtMeasurement = samplesBefore
    }

    /// - Parameters:
    ///   - terminal: the terminal, asked for at each drawing.
    ///   - now: seconds of a clock that does not run back.
    ///   - write: shows text as it is.
    package init(
        totalSamples: Int, samplesPerEpoch: Int, source: PredictionSource,
        hasValidation: Bool = false, terminal: @escaping () -> Terminal?,
        now: @escaping () -> Double, write: @escaping (String) -> Void
    ) {
        self.totalSamples = totalSamples
        precondition(samplesPerEpoch > 0, "an epoch has at least one sample, \(samplesPerEpoch) given")
        self.samplesPerEpoch = samplesPerEpoch
        table = CycleTable(source: source, hasValidation: hasValidation)
        self.terminal = terminal
        self.now = now
        self.write = write
        isTerminal = terminal() != nil
        lastMeasurement = now()
        lastShown = lastMeasurement
    }

    /// To be called after each step; cheap when there is nothing to show.
    ///
    /// - Parameters:
    ///   - samples: of the step's global batch.
    ///   - loss: of the global batch, where it is known.
    public func advance(samples: Int, loss: Double? = nil) {
        self.samples += samples
        let time = now()
        guard time - lastShown >= (isTerminal ? Self.secondsBetweenRedraws : Self.secondsBetweenLines) else { return }
        measure(at: time)
        lastShown = time
        let bar = bar(loss: loss)
        if let terminal = terminal() {
            write("\r\(bar.line(columns: terminal.columns))\u{1B}[K")
            isBarShown = true
        } else {
            write(bar.plainLine + "\n")
        }
    }

    /// Shows the row of a cycle, above the bar where there is one.
    public func finishCycle(_ metrics: CycleMetrics) {
        if !hasHeader { line(table.header(for: metrics)) }
        hasHeader = true
        line(table.row(metrics))
        // The evaluation at the end of a cycle is no time of training.
        samplesAtMeasurement = samples
        lastMeasurement = now()
        if !isTerminal { lastShown = lastMeasurement }
    }

    /// Shows a line of text above the bar.
    public func line(_ text: String) {
        write((isBarShown ? "\r\u{1B}[K" : "") + text + "\n")
        isBarShown = false
    }

    /// Takes the bar away.
    public func finish() {
        if isBarShown { write("\r\u{1B}[K") }
        isBarShown = false
    }

    private func measure(at time: Double) {
        let elapsed = time - lastMeasurement
        guard elapsed > 0 else { return }
        let current = Double(samples - samplesAtMeasurement) / elapsed
        let weight = samplesPerSecond == nil ? 1 : 1 - exp2(-elapsed / Self.halfLife)
        samplesPerSecond = (samplesPerSecond ?? 0) * (1 - weight) + current * weight
        samplesAtMeasurement = samples
        lastMeasurement = time
    }

    private func bar(loss: Double?) -> ProgressBar {
        let fraction = totalSamples > 0 ? Double(samples) / Double(totalSamples) : 1
        let left = samplesPerSecond.flatMap { $0 > 0 ? Double(max(0, totalSamples - samples)) / $0 : nil }
        let epochs = (totalSamples + samplesPerEpoch - 1) / samplesPerEpoch
        return ProgressBar(
            epoch: Double(samples) / Double(samplesPerEpoch), epochs: epochs, fraction: fraction,
            samplesPerSecond: samplesPerSecond,
            secondsLeft: left, loss: loss)
    }
}
