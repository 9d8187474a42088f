/// A running average of the parameters over the updates, which stands for what a lower rate would come to: the noise of a
/// high rate averages out of it.
public enum WeightAveraging: Sendable, Hashable {
    /// Polynomial decay, eta = 8 (O. Shamir, T. Zhang, "Stochastic Gradient Descent for Non-smooth Optimization", ICML 2013,
    /// section 4, as DoG uses it): about the last ninth of all updates counts, so that there is nothing to set.
    ///
    ///     average ← average + 9 / (8 + n) · (parameters − average)
    case polynomial

    /// The exponential moving average, which begins at the parameters after the first update; the same as PyTorch's
    /// `get_ema_multi_avg_fn(decay)`:
    ///
    ///     average ← decay · average + (1 − decay) · parameters
    ///
    /// The decay is in 0 ..< 1.
    case exponential(decay: Double)

    /// The share of the parameters in the average after update `number`, counted from 1.
    public func weight(ofUpdate number: Int) -> Double {
        precondition(number >= 1, "updates are counted from 1, got \(number)")
        if number == 1 { return 1 }
        switch self {
        case .polynomial: return 9 / (8 + Double(number))
        case .exponential(let decay): return 1 - decay
        }
    }
}
