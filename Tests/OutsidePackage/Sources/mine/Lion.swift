import Entrain

/// The sign of a mean of gradients (X. Chen et al., "Symbolic Discovery of Optimization Algorithms", arXiv:2302.06675,
/// algorithm 2):
///
///     parameter ← parameter − rate · (sign(beta1 · m + (1 − beta1) · gradient) + weightDecay · parameter)
///     m ← beta2 · m + (1 − beta2) · gradient
struct Lion: Optimizer {
    static let name = "lion"

    var beta1 = 0.9
    var beta2 = 0.99
    var weightDecay = 0.0

    static let settings: [Setting<Self>] = [.beta1(\.beta1), .beta2(\.beta2), .weightDecay(\.weightDecay)]

    var usualRate: Double { 0.0003 }
    var stateArenaCount: Int { 1 }

    func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        var parameters = slice.parameterValues
        let gradients = slice.gradientValues
        var mean = slice.stateValues(0)
        let (rate, beta1, beta2) = (Float(step.rate), Float(beta1), Float(beta2))
        let decay = slice.isDecayed ? Float(weightDecay) : 0
        for index in parameters.indices {
            let gradient = gradients[index] * step.gradientScale
            let direction = beta1 * mean[index] + (1 - beta1) * gradient
            let sign: Float = direction > 0 ? 1 : direction < 0 ? -1 : 0
            parameters[index] -= rate * (sign + decay * parameters[index])
            mean[index] = beta2 * mean[index] + (1 - beta2) * gradient
        }
    }
}
