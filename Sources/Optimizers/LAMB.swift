import CKernels
import Settings

/// Adam's direction, scaled tensor by tensor to the size of the parameters, for large batches (Y. You et al., "Large Batch
/// Optimization for Deep Learning", ICLR 2020, algorithm 2, with φ(x) = x):
///
///     r ← m̂ / (√v̂ + epsilon) + weightDecay · parameter
///     parameter ← parameter − rate · (‖parameter‖ / ‖r‖) · r
///
/// m̂ and v̂ as in `Adam`. Biases and normalisations, and tensors of which a norm is 0, have the ratio 1; the former no decay.
public struct LAMB: Optimizer, Equatable {
    public static let name = "lamb"

    public var moments = AdamMoments(epsilon: 1e-6)
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(moments: AdamMoments = AdamMoments(epsilon: 1e-6), weightDecay: Double = 0) {
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.moments = moments
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .beta1(\.moments.beta1), .beta2(\.moments.beta2), .epsilon(\.moments.epsilon),
        .weightDecay(\.weightDecay),
    ]

    public var meanDecay: Double { moments.beta1 }

    public var stateArenaCount: Int { 2 }
    public var needsNorms: Bool { true }

    public func prepare(_ slice: ArenaSlice, step: UpdateStep) {
        var factors = moments.factors(step: step.index)
        factors.weightDecay = slice.isDecayed ? Float(weightDecay) : 0
        kernels_lamb_direction(
            slice.parameters, slice.state.0, slice.state.1, slice.gradient, Int64(slice.count), factors,
            step.gradientScale)
    }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        var ratio = 1.0
        if slice.isDecayed, let norms, norms.parameters > 0, norms.gradient > 0 {
            ratio = norms.parameters / norms.gradient
        }
        kernels_sgd(
            slice.parameters, nil, slice.gradient, Int64(slice.count), Float(step.rate * ratio), 0, 0, 0, 1)
    }
}
