/// How entropies are estimated from counts.
public enum EntropyEstimator: String, Sendable, Hashable, Codable, CaseIterable {
    /// The entropy of the observed frequencies, the maximum-likelihood estimate. On N samples it falls short of the true
    /// entropy by (m − 1)/2N to first order, m the number of outcomes that can occur; mutual information comes out too high.
    case plugIn

    /// Plug-in plus (m − 1)/2N, m the number of outcomes seen: G. A. Miller, "Note on the bias of information estimates",
    /// Information Theory in Psychology, 1955.
    case millerMadow

    /// What the estimator adds to the plug-in entropy of `outcomes` outcomes seen in `samples` > 0 samples, in nats.
    func correction(outcomes: Int, samples: Int64) -> Double {
        switch self {
        case .plugIn: 0
        case .millerMadow: Double(outcomes - 1) / (2 * Double(samples))
        }
    }
}
