import CKernels
import Foundation
import Settings

/// Adam (D. P. Kingma, J. Ba, ICLR 2015, algorithm 1) and AdamW (I. Loshchilov, F. Hutter, ICLR 2019, algorithm 2), as
/// PyTorch's `Adam` and `AdamW` without `amsgrad`:
///
///     g ← gradient + weightDecay · parameter                     (coupled: weights only)
///     parameter ← parameter · (1 − rate · weightDecay)           (decoupled: weights only)
///     m ← m + (1 − beta1) · (g − m);  v ← beta2 · v + (1 − beta2) · g²
///     parameter ← parameter − rate · m̂ / (√v̂ + epsilon),  m̂ = m / (1 − beta1^t), v̂ = v / (1 − beta2^t)
public struct Adam: Optimizer, Equatable {
    public static let name = "adam"

    public var moments = AdamMoments()
    /// At least 0.
    public var weightDecay = 0.0
    /// Whether the decay shrinks the parameters (AdamW) and not the gradient (Adam).
    public var isDecoupled = false

    public init() {}

    public init(moments: AdamMoments = AdamMoments(), weightDecay: Double = 0, isDecoupled: Bool = false) {
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.moments = moments
        self.weightDecay = weightDecay
        self.isDecoupled = isDecoupled
    }

    public static let settings: [Setting<Self>] = [
        .beta1(\.moments.beta1), .beta2(\.moments.beta2), .epsilon(\.moments.epsilon),
        .weightDecay(\.weightDecay),
    ]

    public var meanDecay: Double { moments.beta1 }

    public var stateArenaCount: Int { 2 }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        var factors = moments.factors(step: step.index)
        factors.stepSize = Float(step.rate * moments.meanCorrection(step: step.index))
        if slice.isDecayed {
            if isDecoupled {
                factors.shrinkage = Float(1 - step.rate * weightDecay)
            } else {
                factors.weightDecay = Float(weightDecay)
            }
        }
        kernels_adam(
            slice.parameters, slice.state.0, slice.state.1, slice.gradient, Int64(slice.count), factors,
            step.gradientScale)
    }
}

/// Adam whose decay shrinks the parameters and not the gradient: I. Loshchilov, F. Hutter, ICLR 2019, algorithm 2.
public struct AdamW: Optimizer, Equatable {
    public static let name = "adamw"

    public var moments = AdamMoments()
    public var weightDecay = 0.01

    public init() {}

    public init(moments: AdamMoments = AdamMoments(), weightDecay: Double = 0.01) {
        (self.moments, self.weightDecay) = (moments, weightDecay)
    }

    public static let settings: [Setting<Self>] = [
        .beta1(\.moments.beta1), .beta2(\.moments.beta2), .epsilon(\.moments.epsilon), .weightDecay(\.weightDecay),
    ]

    public var meanDecay: Double { moments.beta1 }
    public var stateArenaCount: Int { 2 }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        Adam(moments: moments, weightDecay: weightDecay, isDecoupled: true).update(slice, step: step, norms: norms)
    }
}

/// The moving averages of the gradient and its square that Adam and LAMB keep.
public struct AdamMoments: Sendable, Equatable {
    /// Decay of the gradient's moving average, in [0, 1).
    public var beta1: Double
    /// Decay of the squared gradient's moving average, in [0, 1).
    public var beta2: Double
    /// Added to the root of the square; above 0.
    public var epsilon: Double

    public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
        precondition((0..<1).contains(beta1), "beta1 \(beta1), expected 0 ..< 1")
        precondition((0..<1).contains(beta2), "beta2 \(beta2), expected 0 ..< 1")
        precondition(epsilon > 0, "epsilon \(epsilon), expected more than 0")
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    /// 1 / (1 − beta1^t) of update t = `step` + 1.
    func meanCorrection(step: Int) -> Double {
        1 / (1 - pow(beta1, Double(step + 1)))
    }

    /// Without weight decay; `stepSize` is LAMB's, without a rate.
    func factors(step: Int) -> kernels_adam_factors {
        kernels_adam_factors(
            meanShare: Float(1 - beta1), squareDecay: Float(beta2), squareShare: Float(1 - beta2),
            stepSize: Float(meanCorrection(step: step)),
            squareCorrection: Float((1 - pow(beta2, Double(step + 1))).squareRoot()), epsilon: Float(epsilon),
            weightDecay: 0, shrinkage: 1)
    }
}
