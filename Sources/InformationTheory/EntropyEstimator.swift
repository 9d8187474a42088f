/// How entropies and mutual information are estimated from counts.
public enum EntropyEstimator: String, Sendable, Hashable, Codable, CaseIterable {
    /// The entropy of the observed frequencies, the maximum-likelihood estimate. On N samples it falls short of the true
    /// entropy by (m − 1)/2N to first order, m the number of outcomes that can occur; mutual information comes out too high.
    case plugIn

    /// Plug-in plus (m − 1)/2N, m the number of outcomes seen: G. A. Miller, "Note on the bias of information estimates",
    /// Information Theory in Psychology, 1955.
    case millerMadow

    /// Frequencies shrunk by the coverage of the sample, 1 − (outcomes seen once)/N, each term over the probability that its
    /// outcome is seen at all: A. Chao, T.-J. Shen, "Nonparametric estimation of Shannon's index of diversity when there are
    /// unseen species", Environmental and Ecological Statistics 10, 2003, equation 12.
    case chaoShen

    /// Mutual information adjusted for chance: m · (I − E) / (m − E), with E what tables with the same margins have in which
    /// rows and columns are independent and m = min(H(Y), H(Ŷ)), so that independence is 0 and perfect prediction is m. E is a
    /// mean over one to eight tables that are drawn by shuffling the predictions, from a fixed seed. N. X. Vinh, J. Epps, J.
    /// Bailey, "Information Theoretic Measures for Clusterings Comparison", JMLR 11, 2010. Entropies are plug-in. Of more
    /// than 2²⁴ samples nothing is drawn; E is taken as its leading term, (rows − 1)(columns − 1)/2N, and at most m.
    case shuffle

    /// What the estimator adds to the plug-in entropy of `outcomes` outcomes seen in `samples` > 0 samples, in nats.
    static func millerMadow(outcomes: Int, samples: Int64) -> Double {
        Double(outcomes - 1) / (2 * Double(samples))
    }
}
