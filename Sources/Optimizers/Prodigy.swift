import CKernels
import Settings

/// Adam with an estimate of the distance to the solution (K. Mishchenko, A. Defazio, "Prodigy: An Expeditiously Adaptive
/// Parameter-Free Learner", ICML 2024, the version of Adam), as the authors' `Prodigy`:
///
///     m ← beta1 · m + (1 − beta1) · d · gradient;  v ← beta2 · v + (1 − beta2) · d² · gradient²
///     r ← beta3 · r + (d / d₀) · d · rate · ⟨gradient, first parameters − parameters⟩
///     s ← beta3 · s + (d / d₀) · d · rate · gradient
///     d⁺ = max(d, factor · r / ‖s‖₁)
///     parameter ← parameter − d · rate · (m / (√v + d⁺ · epsilon) + weightDecay · parameter)       (decay: weights only)
///
/// d begins at d₀ and never falls. The rate is a factor, 1 in the paper, or a schedule from 1.
public struct Prodigy: Optimizer, Equatable {
    public static let name = "prodigy"

    public var moments = AdamMoments()
    /// The decay of r and s, in [0, 1); nil for √beta2.
    public var beta3: Double?
    /// d₀, above 0.
    public var firstDistance = 1e-6
    /// A factor of the estimates of the distance, above 0.
    public var distanceFactor = 1.0
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(
        moments: AdamMoments = AdamMoments(), beta3: Double? = nil, firstDistance: Double = 1e-6,
        distanceFactor: Double = 1, weightDecay: Double = 0
    ) {
        precondition(beta3.map((0..<1).contains) ?? true, "beta3 \(beta3 ?? 0), expected 0 ..< 1")
        precondition(firstDistance > 0, "first distance \(firstDistance), expected more than 0")
        precondition(distanceFactor > 0, "distance factor \(distanceFactor), expected more than 0")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.moments = moments
        self.beta3 = beta3
        self.firstDistance = firstDistance
        self.distanceFactor = distanceFactor
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .beta1(\.moments.beta1), .beta2(\.moments.beta2), .epsilon(\.moments.epsilon),
        .init(
            "beta3", \.beta3, .from(0, below: 1).inSinglePrecision,
            "decay of the estimate of the distance; null: the root of beta2"),
        .init("firstDistance", \.firstDistance, .above(0).inSinglePrecision, "first estimate of the distance"),
        .init("distanceFactor", \.distanceFactor, .above(0).inSinglePrecision, "factor of all estimates"),
        .weightDecay(\.weightDecay),
    ]

    public static var publishedRate: Double? { 1 }
    public var meanDecay: Double { moments.beta1 }

    /// The first parameters, m, v and s.
    public var stateArenaCount: Int { 4 }
    /// ⟨gradient, first parameters − parameters⟩, ‖s‖₁.
    public var sumCount: Int { 2 }
    /// d⁺, r, and d · rate of the present update.
    public var numberCount: Int { 3 }

    private func distance(before step: UpdateStep) -> Double {
        step.index == 0 ? firstDistance : step.numbers[0]
    }

    public func sums(_ slice: ArenaSlice, step: UpdateStep) -> StepNumbers {
        guard let start = slice.state.0 else { preconditionFailure("distances need state arenas, found none") }
        if step.index == 0 { start.update(from: slice.parameters, count: slice.count) }
        let distance = distance(before: step)
        let factors = kernels_prodigy_factors(
            meanDecay: Float(moments.beta1), meanShare: Float(distance * (1 - moments.beta1)),
            squareDecay: Float(moments.beta2), squareShare: Float(distance * distance * (1 - moments.beta2)),
            sumDecay: Float(sumDecay), sumShare: Float(distance / firstDistance * distance * step.rate))
        var sums = (0.0, 0.0)
        withUnsafeMutableBytes(of: &sums) { sums in
            kernels_prodigy_moments(
                slice.parameters, start, slice.state.1, slice.state.2, slice.state.3, slice.gradient,
                Int64(slice.count), factors, step.gradientScale,
                sums.baseAddress!.assumingMemoryBound(to: Double.self))
        }
        return [sums.0, sums.1, 0, 0, 0, 0, 0, 0]
    }

    public func advance(_ numbers: inout StepNumbers, by sums: StepNumbers, step: UpdateStep) {
        let distance = distance(before: step)
        numbers[0] = distance
        numbers[1] = sumDecay * numbers[1] + distance / firstDistance * distance * step.rate * sums[0]
        numbers[2] = distance * step.rate
        if sums[1] > 0 { numbers[0] = max(distance, distanceFactor * numbers[1] / sums[1]) }
    }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        kernels_prodigy(
            slice.parameters, slice.state.1, slice.state.2, Int64(slice.count), Float(step.numbers[2]),
            Float(step.numbers[0] * moments.epsilon), slice.isDecayed ? Float(1 - weightDecay * step.numbers[2]) : 1)
    }

    private var sumDecay: Double { beta3 ?? moments.beta2.squareRoot() }
}
