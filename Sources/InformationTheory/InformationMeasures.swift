/// What the predictions Ŷ of a confusion matrix say about the labels Y. Entropies are in nats.
///
/// For every table and estimator: 0 ≤ I(Y;Ŷ) ≤ min(H(Y), H(Ŷ)) and 0 ≤ H(Y|Ŷ) ≤ H(Y), exactly. An empty cell contributes
/// 0 (0 · log 0 = 0). An empty table and a table of one label and one prediction have every entropy 0.
public struct InformationMeasures: Sendable, Hashable {
    /// H(Y), the entropy of the labels. 0 when only one label occurs.
    public let labelEntropy: Double

    /// H(Ŷ), the entropy of the predictions. 0 when only one class is predicted.
    public let predictionEntropy: Double

    /// H(Y,Ŷ), the entropy of the pairs.
    public let jointEntropy: Double

    /// I(Y;Ŷ), the mutual information: what a prediction says about the label. Exactly 0 when the counts are independent
    /// (each is row sum · column sum / N), exactly H(Y) when every prediction is right.
    public let mutualInformation: Double

    /// H(Y|Ŷ) = H(Y) − I(Y;Ŷ), the equivocation: what the prediction leaves unknown. Exactly 0 when every prediction
    /// tells the label, exactly H(Y) when the counts are independent.
    public let equivocation: Double

    /// The standard error of the plug-in estimate of I(Y;Ŷ), by the delta method: with p the frequency of a cell and
    /// q = p_y · p_ŷ, σ² = (Σ p · log²(p/q) − I²) / N.
    ///
    /// The method is of first order. It gives 0 where the first order vanishes: independent counts, and uniform classes
    /// predicted without error. 0 for an empty table. Miller–Madow shifts the estimate and leaves this as it is.
    public let standardError: Double

    /// The share of the label's entropy that stays unknown, H(Y|Ŷ) / H(Y): 1 knows nothing, 0 knows all.
    /// 0 when H(Y) is 0, for then nothing is unknown.
    public var residual: Double { labelEntropy == 0 ? 0 : equivocation / labelEntropy }

    /// I(Y;Ŷ) over the arithmetic mean of H(Y) and H(Ŷ), in 0...1: scikit-learn's default. 1 when both entropies are 0,
    /// as there.
    public var normalisedMutualInformation: Double {
        let sum = labelEntropy + predictionEntropy
        return sum == 0 ? 1 : min(1, mutualInformation / (sum / 2))
    }
}
