import Settings

/// Holds the rate for some time, then falls as one over the root of the time: η(t) = rate · √(hold / max(t, hold)), t in
/// epochs.
///
/// Source: A. Vaswani et al., "Attention Is All You Need", NeurIPS 2017, equation 3, whose warm-up is `learningRate.warmup`.
public struct InverseSquareRootDecay: RatedSchedule {
    public static let name = "inverse-square-root"

    public var rate = Rate.auto
    public var hold = 1.0
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("hold", \.hold, .epochs, unit: "epochs", "time before the fall"),
    ]

    public func rate(at step: Int) -> Double {
        let held = Double(begun.steps(hold))
        return begun.rate(rate) * (held / max(Double(step), held)).squareRoot()
    }
}
