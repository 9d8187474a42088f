import CKernels
import Settings

/// A Polyak step size for momentum (F. Schaipp, R. Ohana, M. Eickenberg, A. Defazio, R. Gower, "MoMo: Momentum Models for
/// Adaptive Learning Rates", ICML 2024), as the authors' `Momo` without `bias_correction` and `use_fstar`:
///
///     d ← momentum · d + (1 − momentum) · gradient;  f̄ and γ likewise of the batch's loss and of ⟨gradient, parameters⟩
///     τ = min(rate, (f̄ − lowerBound − γ + ⟨d, s · parameters⟩)₊ / ⟨d, s · d⟩)
///     parameter ← s · (parameter − τ · d),   s = 1 / (1 + rate · weightDecay) for weights, 1 for the others
///
/// All averages begin with their first value. The rate is a cap.
public struct MoMo: Optimizer, Equatable {
    public static let name = "momo"

    /// In [0, 1).
    public var momentum = 0.9
    /// The lower bound of the loss, in nats.
    public var lowerBound = 0.0
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(momentum: Double = 0.9, lowerBound: Double = 0, weightDecay: Double = 0) {
        precondition((0..<1).contains(momentum), "momentum \(momentum), expected 0 ..< 1")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.momentum = momentum
        self.lowerBound = lowerBound
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .momentum(\.momentum),
        .init("lowerBound", \.lowerBound, .from(-1000, through: 1000), unit: "nats", "lower bound of the loss"),
        .weightDecay(\.weightDecay),
    ]

    public static var publishedRate: Double? { 1 }
    public var meanDecay: Double { momentum }

    public var stateArenaCount: Int { 1 }
    public var needsLoss: Bool { true }

    /// ⟨d, s · parameters⟩, ⟨d, s · d⟩, ⟨gradient, parameters⟩.
    public var sumCount: Int { 3 }
    /// f̄, γ, and τ of the present update.
    public var numberCount: Int { 3 }

    private func shrinkage(_ slice: ArenaSlice, _ step: UpdateStep) -> Double {
        slice.isDecayed ? 1 / (1 + step.rate * weightDecay) : 1
    }

    public func sums(_ slice: ArenaSlice, step: UpdateStep) -> StepNumbers {
        // Kept at 0 before, d is the gradient after the first step.
        let momentum = step.index == 0 ? 0 : self.momentum
        var sums = (0.0, 0.0, 0.0)
        withUnsafeMutableBytes(of: &sums) { sums in
            kernels_momo_direction(
                slice.parameters, slice.state.0, slice.gradient, Int64(slice.count), Float(momentum),
                Float(1 - momentum), step.gradientScale, sums.baseAddress!.assumingMemoryBound(to: Double.self))
        }
        let shrinkage = shrinkage(slice, step)
        return [shrinkage * sums.0, shrinkage * sums.1, sums.2, 0, 0, 0, 0, 0]
    }

    public func advance(_ numbers: inout StepNumbers, by sums: StepNumbers, step: UpdateStep) {
        let momentum = step.index == 0 ? 0 : self.momentum
        numbers[0] = momentum * numbers[0] + (1 - momentum) * step.loss
        numbers[1] = momentum * numbers[1] + (1 - momentum) * sums[2]
        let above = max(numbers[0] - lowerBound - numbers[1] + sums[0], 0)
        numbers[2] = sums[1] > 0 ? min(step.rate, above / sums[1]) : 0
    }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        kernels_momo(
            slice.parameters, slice.state.0, Int64(slice.count), Float(step.numbers[2]), Float(shrinkage(slice, step)))
    }
}
