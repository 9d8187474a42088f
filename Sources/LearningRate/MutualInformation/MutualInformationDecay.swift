/// Decays the rate by what the last cycle's predictions say about the labels: I = I(Y;Ŷ), H = H(Y), over all ranks.
///
/// The rate begins at the upper bound, never rises and never leaves the bounds. The one exception is a warm-up, in which
/// it rises linearly from the lower bound at step 0 to the upper bound at step `warmUpSteps`. The first observed cycle
/// ends the warm-up: should it come earlier, the rate stays where it then is.
///
/// A cycle whose samples all have one label (H = 0) measures nothing: it changes neither the rate nor what the next cycle
/// is compared with.
///
/// Sources: S. Wang, F. Wang, Y. Zhang, "Learning Rate Decay Algorithm Based on Mutual Information in Deep Learning",
/// ICDCOT 2024; S. Vasudevan, "Mutual Information Based Learning Rate Decay for Stochastic Gradient Descent Training of
/// Deep Neural Networks", Entropy 22(5):560, 2020.
public struct MutualInformationDecay: RateRule, Hashable {
    public let bounds: RateBounds

    /// The number of steps of the warm-up; 0 for none. At most the steps of the first cycle, to reach the upper bound.
    public let warmUpSteps: Int

    public let form: Form

    /// The rate after the warm-up.
    private var rate: Double

    /// I of the last cycle that measured anything.
    private var previousInformation: Double?

    /// State of the form `hold`.
    private var held = HeldRate()

    /// False as long as a warm-up may run.
    private var hasObserved = false

    public init(bounds: RateBounds, warmUpSteps: Int = 0, form: Form = .hold) {
        precondition(warmUpSteps >= 0, "a warm-up has at least 0 steps, got \(warmUpSteps)")
        if let problem = form.problem { preconditionFailure(problem) }
        self.bounds = bounds
        self.warmUpSteps = warmUpSteps
        self.form = form
        self.rate = bounds.maximum
    }

    public func rate(at step: Int) -> Double {
        guard !hasObserved && step < warmUpSteps else { return rate }
        return bounds.rate(at: Double(step) / Double(warmUpSteps))
    }

    /// Whether the rate cannot fall any more: it is the lower bound, and no warm-up is to come.
    ///
    /// The forms `hold`, `gain` and `threshold` come to the lower bound; `level` does so only where nothing is left to know.
    public var isAtMinimum: Bool {
        rate <= bounds.minimum && (hasObserved || warmUpSteps == 0)
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let before = rate(at: metrics.step)
        rate = before
        hasObserved = true
        guard metrics.labelEntropy > 0 else {
            return RateDecision(before: before, after: before, reason: .noLabelEntropy)
        }
        let reason = form.decide(&rate, metrics, previousInformation: previousInformation, held: &held, bounds: bounds)
        previousInformation = metrics.mutualInformation
        return RateDecision(before: before, after: rate, reason: reason)
    }
}

extension MutualInformationDecay {
    private enum CodingKeys: CodingKey {
        case bounds, warmUpSteps, form, rate, previousInformation, held, hasObserved
    }

    /// Throws `DecodingError.dataCorrupted` when a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let bounds = try container.decode(RateBounds.self, forKey: .bounds)
        let warmUpSteps = try container.decode(Int.self, forKey: .warmUpSteps)
        guard warmUpSteps >= 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .warmUpSteps, in: container,
                debugDescription: "a warm-up has at least 0 steps, got \(warmUpSteps)")
        }
        self.init(bounds: bounds, warmUpSteps: warmUpSteps, form: try container.decode(Form.self, forKey: .form))
        rate = try container.decode(Double.self, forKey: .rate)
        guard rate >= bounds.minimum && rate <= bounds.maximum else {
            throw DecodingError.dataCorruptedError(
                forKey: .rate, in: container,
                debugDescription: "rate \(rate) is outside \(bounds.minimum)...\(bounds.maximum)")
        }
        previousInformation = try container.decodeIfPresent(Double.self, forKey: .previousInformation)
        held = try container.decodeIfPresent(HeldRate.self, forKey: .held) ?? HeldRate()
        hasObserved = try container.decode(Bool.self, forKey: .hasObserved)
    }
}
