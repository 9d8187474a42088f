import Foundation

/// A learning-rate range test: the rate rises geometrically from step to step, the loss shows where training begins and
/// where it breaks (L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", WACV 2017).
///
/// This is the arithmetic of it. The caller trains: for each step it takes `nextRate`, does one update from a global batch
/// and hands the mean loss over all ranks to `record(loss:)`, until told to stop. As that loss is the same on every rank,
/// all stop together.
public struct RangeTest: Sendable, Hashable {
    /// The number of steps from `lowestRate` to `highestRate`, at least 2.
    public let steps: Int

    public let lowestRate: Double
    public let highestRate: Double

    /// β of the smoothed loss s, the exponential moving average with its bias towards 0 corrected:
    /// m ← β · m + (1 − β) · loss, s = m / (1 − β^n) after n losses. In 0..<1; 0.98 as in fastai, a memory of 50 steps.
    ///
    /// An average lags: with 0.98 the lowest smoothed loss of a few hundred steps comes at three to six times the rate of
    /// the lowest loss. `safety` is chosen to go with it; with less smoothing, less safety is needed.
    public let smoothing: Double

    /// The test stops when the smoothed loss exceeds this many times its lowest value; above 1.
    public let divergence: Double

    /// The upper bound is the rate of the lowest smoothed loss over this; at least 1.
    public let safety: Double

    /// What was recorded, a finite loss a step.
    public private(set) var records: [Record] = []

    /// Why the test is over, nil while it runs.
    public private(set) var stopReason: StopReason?

    private var average = 0.0
    private var lowestSmoothedLoss = Double.infinity

    public init(
        steps: Int, lowestRate: Double = 1e-5, highestRate: Double = 10, smoothing: Double = 0.98,
        divergence: Double = 4, safety: Double = 2.5
    ) {
        precondition(steps >= 2, "a range test has at least 2 steps, got \(steps)")
        precondition(
            lowestRate > 0 && lowestRate < highestRate && highestRate.isFinite,
            "a range test's rate rises from above 0, got \(lowestRate) to \(highestRate)")
        precondition(smoothing >= 0 && smoothing < 1, "the smoothing is in 0..<1, got \(smoothing)")
        precondition(divergence > 1 && divergence.isFinite, "the divergence factor is above 1, got \(divergence)")
        precondition(safety >= 1 && safety.isFinite, "the safety divisor is at least 1, got \(safety)")
        self.steps = steps
        self.lowestRate = lowestRate
        self.highestRate = highestRate
        self.smoothing = smoothing
        self.divergence = divergence
        self.safety = safety
    }

    /// The rate of a step in `0..<steps`: lowest · (highest / lowest)^(step / (steps − 1)).
    public func rate(at step: Int) -> Double {
        precondition(step >= 0 && step < steps, "step \(step) is not in 0..<\(steps)")
        if step == steps - 1 { return highestRate }
        return lowestRate * pow(highestRate / lowestRate, Double(step) / Double(steps - 1))
    }

    /// The rate of the step to do now, nil when the test is over.
    public var nextRate: Double? {
        stopReason == nil ? rate(at: records.count) : nil
    }

    /// Takes in the loss of the step done with `nextRate`, its mean over the samples of all ranks, before the update.
    public mutating func record(loss: Double) -> Progress {
        if let stopReason { preconditionFailure("the range test is over (\(stopReason)), it takes no loss \(loss)") }
        let step = records.count
        average = smoothing * average + (1 - smoothing) * loss
        let smoothed = average / (1 - pow(smoothing, Double(step + 1)))
        guard smoothed.isFinite else { return stop(.notFinite(step: step, rate: rate(at: step))) }
        records.append(Record(step: step, rate: rate(at: step), loss: loss, smoothedLoss: smoothed))
        if smoothed > divergence * lowestSmoothedLoss {
            return stop(.diverged(step: step, rate: rate(at: step)))
        }
        lowestSmoothedLoss = min(lowestSmoothedLoss, smoothed)
        return records.count == steps ? stop(.finished) : .proceed
    }

    private mutating func stop(_ reason: StopReason) -> Progress {
        stopReason = reason
        return .stop(reason)
    }
}

extension RangeTest {
    /// One step: its index, its rate, the loss as given and smoothed.
    public struct Record: Sendable, Hashable, Codable {
        public let step: Int
        public let rate: Double
        public let loss: Double
        public let smoothedLoss: Double
    }

    /// What to do after a step.
    public enum Progress: Sendable, Hashable {
        case proceed
        case stop(StopReason)
    }

    /// Why a test is over.
    public enum StopReason: Sendable, Hashable, CustomStringConvertible {
        /// All steps are done.
        case finished

        /// The smoothed loss exceeded the given multiple of its lowest value.
        case diverged(step: Int, rate: Double)

        /// The loss was infinite or no number.
        case notFinite(step: Int, rate: Double)

        public var description: String {
            switch self {
            case .finished: "all steps done"
            case .diverged(let step, let rate): "the loss diverged at step \(step), rate \(short(rate))"
            case .notFinite(let step, let rate): "the loss was not finite at step \(step), rate \(short(rate))"
            }
        }
    }
}
