import Settings

/// Falls along half a cosine again and again: in the i-th period, i from 0, which has Tᵢ = T₀ · factorⁱ steps, the rate is
/// floor + ½ (rate − floor) (1 + cos(π t / Tᵢ)) at its t-th step, t in 0..<Tᵢ; then it is back at the first rate.
///
/// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5.
/// PyTorch's `CosineAnnealingWarmRestarts`.
public struct CosineWarmRestarts: RatedSchedule {
    public static let name = "cosine-restarts"

    public var rate = Rate.auto
    /// T₀ in epochs.
    public var period = 10.0
    public var periodFactor = 1
    /// A share of the highest rate.
    public var floor = 0.0
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("period", \.period, .epochs, unit: "epochs", "length of the first period"),
        .init("periodFactor", \.periodFactor, .atLeast(1), "length of a period over that of the one before it"),
        .floor(\.floor),
    ]

    public var mayRise: Bool { true }

    public func rate(at step: Int) -> Double {
        let highest = begun.rate(rate)
        let (stepOfPeriod, length) = place(of: step)
        return CosineDecay.rate(from: highest, to: floor * highest, at: Double(stepOfPeriod) / Double(length))
    }

    /// The step's index in its period, and the period's steps.
    private func place(of step: Int) -> (stepOfPeriod: Int, length: Int) {
        let period = begun.steps(period)
        guard periodFactor > 1 else { return (step % period, period) }
        var (rest, length) = (step, period)
        while rest >= length {
            rest -= length
            let (next, overflow) = length.multipliedReportingOverflow(by: periodFactor)
            length = overflow ? .max : next
        }
        return (rest, length)
    }
}
