/// Falls along half a cosine again and again: in the i-th period, i from 0, which has Tᵢ = T₀ · factorⁱ steps, the rate is
/// floor + ½ (rate − floor) (1 + cos(π t / Tᵢ)) at its t-th step, t in 0..<Tᵢ; then it is back at the first rate.
///
/// Source: I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, equation 5.
/// PyTorch's `CosineAnnealingWarmRestarts`.
public struct CosineWarmRestarts: FixedSchedule, Hashable {
    /// The first rate of each period, above 0.
    public let rate: Double

    /// What each period falls towards, at least 0 and at most the first rate.
    public let floor: Double

    /// T₀: the steps of the first period, at least 1.
    public let period: Int

    /// By what each period is longer than the one before it, at least 1.
    public let periodFactor: Int

    public init(rate: Double, floor: Double = 0, period: Int, periodFactor: Int = 1) {
        self.rate = rate
        self.floor = floor
        self.period = period
        self.periodFactor = periodFactor
        if let problem { preconditionFailure(problem) }
    }

    public func rate(at step: Int) -> Double {
        let (stepOfPeriod, length) = place(of: step)
        return CosineDecay.rate(from: rate, to: floor, at: Double(stepOfPeriod) / Double(length))
    }

    /// The step's index in its period, and the period's steps.
    private func place(of step: Int) -> (stepOfPeriod: Int, length: Int) {
        guard periodFactor > 1 else { return (step % period, period) }
        var (rest, length) = (step, period)
        while rest >= length {
            rest -= length
            let (next, overflow) = length.multipliedReportingOverflow(by: periodFactor)
            length = overflow ? .max : next
        }
        return (rest, length)
    }

    private var problem: String? {
        if let problem = Limits.rate(rate) ?? Limits.floor(floor, under: rate) ?? Limits.steps(period) {
            return problem
        }
        return periodFactor >= 1 ? nil : "a period is at least as long as the one before it, got factor \(periodFactor)"
    }
}

extension CosineWarmRestarts {
    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rate = try container.decode(Double.self, forKey: .rate)
        floor = try container.decode(Double.self, forKey: .floor)
        period = try container.decode(Int.self, forKey: .period)
        periodFactor = try container.decode(Int.self, forKey: .periodFactor)
        try decoder.check(problem)
    }
}
