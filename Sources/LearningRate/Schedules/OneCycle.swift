import Settings

/// One rise and one fall, each along half a cosine: from rate / startDivisor at step 0 up to the rate at step
/// rise · T − 1, and down to rate / startDivisor / endDivisor at step T − 1, T being the horizon; the last rate after it.
///
/// Source: L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
/// 2018. PyTorch's `OneCycleLR` in two phases; the momentum, which the paper lowers while the rate is high, stays as it is.
public struct OneCycle: RatedSchedule {
    public static let name = "one-cycle"

    public var rate = Rate.auto
    public var rise = 0.3
    public var startDivisor = 25.0
    public var endDivisor = 1e4
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("rise", \.rise, .between(0, 1), "share of the horizon in which the rate rises"),
        .init("startDivisor", \.startDivisor, .atLeast(1), "highest rate over the first"),
        .init("endDivisor", \.endDivisor, .atLeast(1), "first rate over the last"),
    ]

    public var mayRise: Bool { true }
    public var nameOfPartUntilEnd: String? { Self.name }

    public func rate(at step: Int) -> Double {
        let highest = begun.rate(rate)
        let start = highest / startDivisor
        // The rise may end between two steps, or before the first.
        let peak = rise * Double(begun.horizon) - 1
        let last = Double(begun.horizon - 1)
        let time = min(Double(step), last)
        if time <= peak {
            return peak > 0 ? CosineDecay.rate(from: start, to: highest, at: time / peak) : highest
        }
        return CosineDecay.rate(from: highest, to: start / endDivisor, at: (time - peak) / (last - peak))
    }
}
