import CKernels
import Settings

/// The gradient over the root of its mean square (T. Tieleman, G. Hinton, Coursera lecture 6.5, 2012; centered: A. Graves,
/// arXiv:1308.0850, equations 38–45), as PyTorch's `RMSprop`:
///
///     g ← gradient + weightDecay · parameter                     (weights only)
///     s ← alpha · s + (1 − alpha) · g²;  centered: m ← m + (1 − alpha) · (g − m), s taken less m²
///     v ← momentum · v + g / (√s + epsilon)
///     parameter ← parameter − rate · v
public struct RMSprop: Optimizer, Equatable {
    public static let name = "rmsprop"

    /// In [0, 1).
    public var alpha = 0.99
    /// Above 0.
    public var epsilon = 1e-8
    /// In [0, 1).
    public var momentum = 0.0
    public var centered = false
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(
        alpha: Double = 0.99, epsilon: Double = 1e-8, momentum: Double = 0, centered: Bool = false,
        weightDecay: Double = 0
    ) {
        precondition((0..<1).contains(alpha), "alpha \(alpha), expected 0 ..< 1")
        precondition(epsilon > 0, "epsilon \(epsilon), expected more than 0")
        precondition((0..<1).contains(momentum), "momentum \(momentum), expected 0 ..< 1")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        self.alpha = alpha
        self.epsilon = epsilon
        self.momentum = momentum
        self.centered = centered
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .init("alpha", \.alpha, .from(0, below: 1).inSinglePrecision, "decay of the mean square"),
        .epsilon(\.epsilon), .momentum(\.momentum),
        .init("centered", \.centered, "take the mean gradient off"),
        .weightDecay(\.weightDecay),
    ]

    public var meanDecay: Double { momentum }

    public var stateArenaCount: Int { 1 + (momentum > 0 ? 1 : 0) + (centered ? 1 : 0) }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        let mean = centered ? (momentum > 0 ? slice.state.2 : slice.state.1) : nil
        kernels_rmsprop(
            slice.parameters, slice.state.0, momentum > 0 ? slice.state.1 : nil, mean, slice.gradient,
            Int64(slice.count), Float(step.rate), Float(alpha), Float(1 - alpha), Float(epsilon), Float(momentum),
            slice.isDecayed ? Float(weightDecay) : 0, step.gradientScale)
    }
}
