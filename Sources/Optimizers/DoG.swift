import CKernels
import Settings

/// Distance over gradients (M. Ivgi, O. Hinder, Y. Carmon, "DoG is SGD's Best Friend", ICML 2023), as the authors' `DoG`, to be
/// combined with `WeightAveraging.polynomial`:
///
///     g ← gradient + weightDecay · parameter                     (weights only)
///     r̄ = max(firstDistance · (1 + ‖first parameters‖), largest ‖parameters − first parameters‖ so far)
///     parameter ← parameter − rate · r̄ / √(Σ‖g‖² + 10⁻⁸) · g
///
/// The rate is a factor, 1 in the paper.
public struct DoG: Optimizer, Equatable {
    public static let name = "dog"

    /// In relation to the size of the first parameters, above 0.
    public var firstDistance = 1e-6
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(firstDistance: Double = 1e-6, weightDecay: Double = 0) {
        precondition(firstDistance > 0, "first distance \(firstDistance), expected more than 0")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.firstDistance = firstDistance
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .init(
            "firstDistance", \.firstDistance, .above(0).inSinglePrecision,
            "length of the first step in relation to the size of the parameters; the authors advise 1e-4 with batch "
                + "normalization"),
        .weightDecay(\.weightDecay),
    ]

    public static var publishedRate: Double? { 1 }
    public static var asksForAverage: Bool { true }

    /// The first parameters.
    public var stateArenaCount: Int { 1 }
    /// ‖g‖², ‖parameters − first parameters‖², ‖first parameters‖².
    public var sumCount: Int { 3 }
    /// r̄, the sum of all ‖g‖², and their quotient for the present update.
    public var numberCount: Int { 3 }

    public func sums(_ slice: ArenaSlice, step: UpdateStep) -> StepNumbers {
        guard let start = slice.state.0 else { preconditionFailure("distances need a state arena, found none") }
        if step.index == 0 { start.update(from: slice.parameters, count: slice.count) }
        var sums = (0.0, 0.0, 0.0)
        withUnsafeMutableBytes(of: &sums) { sums in
            kernels_distances(
                slice.parameters, start, slice.gradient, Int64(slice.count), slice.isDecayed ? Float(weightDecay) : 0,
                step.gradientScale, sums.baseAddress!.assumingMemoryBound(to: Double.self))
        }
        return [sums.0, sums.1, sums.2, 0, 0, 0, 0, 0]
    }

    public func advance(_ numbers: inout StepNumbers, by sums: StepNumbers, step: UpdateStep) {
        if step.index == 0 { numbers = [firstDistance * (1 + sums[2].squareRoot()), 1e-8, 0, 0, 0, 0, 0, 0] }
        numbers[0] = max(numbers[0], sums[1].squareRoot())
        numbers[1] += sums[0]
        numbers[2] = numbers[0] / numbers[1].squareRoot()
    }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        kernels_sgd(
            slice.parameters, nil, slice.gradient, Int64(slice.count), Float(step.rate * step.numbers[2]), 0,
            slice.isDecayed ? Float(weightDecay) : 0, 0, step.gradientScale)
    }
}
