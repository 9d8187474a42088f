import CKernels
import Settings

/// Momentum with a rate for each tensor, in proportion to the size of the parameters over that of their gradient, for large
/// batches (Y. You, I. Gitman, B. Ginsburg, "Large Batch Training of Convolutional Networks", 2017, algorithm 1):
///
///     λ ← trust · ‖parameter‖ / (‖gradient‖ + weightDecay · ‖parameter‖)
///     v ← momentum · v + rate · λ · (gradient + weightDecay · parameter)
///     parameter ← parameter − v
///
/// Biases and normalisations, and tensors of which a norm is 0, have λ = 1; the former no decay.
public struct LARS: Optimizer, Equatable {
    public static let name = "lars"

    /// In [0, 1).
    public var momentum = 0.9
    /// Above 0.
    public var trust = 0.001
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(momentum: Double = 0.9, trust: Double = 0.001, weightDecay: Double = 0) {
        precondition((0..<1).contains(momentum), "momentum \(momentum), expected 0 ..< 1")
        precondition(trust > 0, "trust coefficient \(trust), expected more than 0")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.momentum = momentum
        self.trust = trust
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .momentum(\.momentum),
        .init(
            "trust", \.trust, .above(0).inSinglePrecision,
            "share of a tensor's size that a rate of 1 changes in a step"),
        .weightDecay(\.weightDecay),
    ]

    public var meanDecay: Double { momentum }
    public var usualRate: Double { 5.12 }

    public var stateArenaCount: Int { 1 }
    public var needsNorms: Bool { true }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        var ratio = 1.0
        if slice.isDecayed, let norms {
            let gradient = Double(step.gradientScale) * norms.gradient
            if norms.parameters > 0, gradient > 0 {
                ratio = trust * norms.parameters / (gradient + weightDecay * norms.parameters)
            }
        }
        kernels_lars(
            slice.parameters, slice.state.0, slice.gradient, Int64(slice.count), Float(step.rate * ratio),
            Float(momentum), slice.isDecayed ? Float(weightDecay) : 0, step.gradientScale)
    }
}
