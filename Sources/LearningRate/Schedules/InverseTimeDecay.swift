import Settings

/// Falls as one over the time: η(t) = rate / (1 + decay · t), t in epochs.
///
/// Its rates sum to infinity and their squares do not, as H. Robbins and S. Monro, "A Stochastic Approximation Method",
/// Annals of Mathematical Statistics 22(3), 1951, ask of the steps of an approximation that is to converge. TensorFlow's
/// `InverseTimeDecay`.
public struct InverseTimeDecay: RatedSchedule {
    public static let name = "inverse-time"

    public var rate = Rate.auto
    /// At 1, the rate is half the first one after an epoch, a third after two.
    public var decay = 1.0
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate),
        .init(
            "decay", \.decay, .atLeast(0),
            "growth of the divisor of the rate in an epoch; 1: half the rate after the first"),
    ]

    public func rate(at step: Int) -> Double {
        begun.rate(rate) / (1 + decay * (Double(step) / Double(begun.stepsPerEpoch)))
    }
}
