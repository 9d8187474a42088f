import Settings

/// Falls by a factor when loss or accuracy, of all ranks, has stopped improving.
///
/// A loss improves when it is under best · (1 − threshold), an accuracy when it is above best · (1 + threshold), best being
/// the last value that improved; the first does. `patience` cycles in a row without improvement are tolerated: the rate
/// falls at the end of the next such one, the (patience + 1)-th, to rate · factor or the floor. Then the count begins anew,
/// and the next `cooldown` cycles are not counted.
///
/// PyTorch's `ReduceLROnPlateau` with `threshold_mode="rel"` and `eps=0`: no fall is too small to be made.
public struct Plateau: RatedSchedule {
    public static let name = "plateau"

    /// The value that should improve.
    public enum Metric: String, CaseIterable, Codable, SettingValue {
        /// The mean loss, downwards.
        case loss
        /// The share predicted correctly, upwards.
        case accuracy
    }

    public var rate = Rate.auto
    public var metric = Metric.loss
    /// The predictions whose metric is looked at.
    public var predictions = PredictionSource.train
    public var factor = 0.1
    public var patience = 10
    public var threshold = 1e-4
    public var cooldown = 0
    /// A share of the highest rate.
    public var floor = 0.0
    public var run: ScheduleRun?

    /// The rate now; 0 before the run begins.
    private var current = 0.0
    private var best: Double?
    private var badCycles = 0
    private var coolingCycles = 0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("metric", \.metric, "what should improve"),
        .init("source", \.predictions, "predictions whose metric is looked at"),
        .init("factor", \.factor, .above(0, through: 1), "share of the rate that a fall leaves"),
        .init("patience", \.patience, .atLeast(0), unit: "cycles", "time without improvement that is let pass"),
        .init("threshold", \.threshold, .from(0, below: 1), "what counts as improvement, relative"),
        .init("cooldown", \.cooldown, .atLeast(0), unit: "cycles", "time after a fall that does not count"),
        .floor(\.floor),
    ]

    public var source: PredictionSource? { predictions }

    public mutating func begin(_ run: ScheduleRun) {
        self.run = run
        current = run.rate(rate)
    }

    public func rate(at step: Int) -> Double {
        precondition(run != nil, "the schedule has not begun: call begin(_:) first")
        return current
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let before = current
        let reason = decide(metric == .loss ? metrics.loss : metrics.accuracy)
        return RateDecision(before: before, after: current, reason: reason)
    }

    private mutating func decide(_ value: Double) -> RateDecision.Reason {
        let previous = best
        let isBetter = improves(value)
        if isBetter { best = value }
        badCycles = isBetter ? 0 : badCycles + 1
        if coolingCycles > 0 {
            coolingCycles -= 1
            badCycles = 0
            return isBetter ? .improved(from: previous, to: value) : .coolingDown(left: coolingCycles)
        }
        guard badCycles > patience else {
            return isBetter
                ? .improved(from: previous, to: value) : .waiting(cycles: badCycles, patience: patience)
        }
        // Not to 0, however often it falls.
        current = max(floor * begun.rate(rate), current * factor, .leastNormalMagnitude)
        badCycles = 0
        coolingCycles = cooldown
        return .reduced(afterCycles: patience + 1, factor: factor)
    }

    private func improves(_ value: Double) -> Bool {
        guard let best else { return value.isFinite }
        return metric == .loss ? value < best * (1 - threshold) : value > best * (1 + threshold)
    }

    public var contradiction: Contradiction? {
        if badCycles < 0 || coolingCycles < 0 {
            return Contradiction(
                "patience", "expected counts of at least 0 cycles, found \(badCycles) and \(coolingCycles)")
        }
        return nil
    }
}
