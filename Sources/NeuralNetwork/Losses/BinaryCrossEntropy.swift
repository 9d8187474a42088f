#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The loss of a label, 1 or 0, by the logit of its probability: −y log p − (1 − y) log(1 − p), as PyTorch's `BCEWithLogitsLoss` and
/// Keras' `BinaryCrossentropy(from_logits=True)` have it.
package enum BinaryCrossEntropy {
    /// In nats. No term overflows (PyTorch's form: max(z, 0) − z y + log(1 + exp(−|z|))).
    package static func loss(logit: Double, label: Double) -> Double {
        max(logit, 0) - logit * label + log1p(exp(-abs(logit)))
    }

    /// The derivative by the logit.
    package static func slope(logit: Double, label: Double) -> Double { probability(ofLogit: logit) - label }

    package static func probability(ofLogit logit: Double) -> Double { 1 / (1 + exp(-logit)) }

    /// The entropy of a label of a probability, in nats: the least loss of one logit for all samples.
    package static func entropy(ofProbability probability: Double) -> Double {
        [probability, 1 - probability].reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
    }
}
