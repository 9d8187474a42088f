import CKernels
import Settings

/// The gradient over the root of the sum of all its squares (J. Duchi, E. Hazan, Y. Singer, JMLR 12, 2011), as PyTorch's
/// `Adagrad`:
///
///     g ← gradient + weightDecay · parameter                     (weights only)
///     s ← s + g²
///     parameter ← parameter − rate / (1 + t · rateDecay) · g / (√(initialSum + s) + epsilon)      t updates before
public struct AdaGrad: Optimizer, Equatable {
    public static let name = "adagrad"

    /// At least 0.
    public var rateDecay = 0.0
    /// Start of the sums; at least 0.
    public var initialSum = 0.0
    /// Above 0.
    public var epsilon = 1e-10
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(rateDecay: Double = 0, initialSum: Double = 0, epsilon: Double = 1e-10, weightDecay: Double = 0) {
        precondition(rateDecay >= 0, "rate decay \(rateDecay), expected at least 0")
        precondition(initialSum >= 0, "initial sum \(initialSum), expected at least 0")
        precondition(epsilon > 0, "epsilon \(epsilon), expected more than 0")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.rateDecay = rateDecay
        self.initialSum = initialSum
        self.epsilon = epsilon
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .init(
            "rateDecay", \.rateDecay, .atLeast(0).inSinglePrecision,
            "growth of the divisor of the rate with each update before"),
        .init("initialSum", \.initialSum, .atLeast(0).inSinglePrecision, "first value of the sums of squares"),
        .epsilon(\.epsilon),
        .weightDecay(\.weightDecay),
    ]

    public var usualRate: Double { 0.04 }

    public var stateArenaCount: Int { 1 }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        kernels_adagrad(
            slice.parameters, slice.state.0, slice.gradient, Int64(slice.count),
            Float(step.rate / (1 + Double(step.index) * rateDecay)), Float(initialSum), Float(epsilon),
            slice.isDecayed ? Float(weightDecay) : 0, step.gradientScale)
    }
}
