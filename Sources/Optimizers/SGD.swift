import CKernels
import Foundation
import Settings

/// Stochastic gradient descent with momentum (Polyak, 1964; Nesterov's variant as in Sutskever et al., ICML 2013) and
/// L2 weight decay. The same as PyTorch's `SGD` with `dampening=0`:
///
///     g ← gradient + weightDecay · parameter          (weights only, not biases)
///     v ← momentum · v + g
///     parameter ← parameter − rate · (nesterov ? g + momentum · v : v)
public struct SGD: Optimizer, Equatable {
    public static let name = "sgd"

    /// In [0, 1).
    public var momentum = 0.9
    public var nesterov = false
    /// At least 0.
    public var weightDecay = 0.0

    public init() {}

    public init(momentum: Double = 0.9, nesterov: Bool = false, weightDecay: Double = 0) {
        precondition((0..<1).contains(momentum), "momentum \(momentum), expected 0 ..< 1")
        precondition(weightDecay >= 0, "weight decay \(weightDecay), expected at least 0")
        precondition(!nesterov || momentum > 0, "Nesterov's variant needs a momentum, found \(momentum)")
        self.momentum = momentum
        self.nesterov = nesterov
        self.weightDecay = weightDecay
    }

    public static let settings: [Setting<Self>] = [
        .momentum(\.momentum),
        .init("nesterov", \.nesterov, "Nesterov's variant, which needs a momentum above 0"),
        .weightDecay(\.weightDecay),
    ]

    public var contradiction: Contradiction? {
        nesterov && momentum == 0
            ? Contradiction("nesterov", "needs optimizer.momentum above 0, found \(momentum)") : nil
    }

    public var meanDecay: Double { momentum }
    public var usualRate: Double { scalbn(0.08, Int(log2((1 - momentum) / 0.1).rounded())) }

    public var stateArenaCount: Int {
        momentum > 0 ? 1 : 0
    }

    public func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?) {
        precondition(momentum == 0 || slice.state.0 != nil, "momentum \(momentum) needs a state arena, found none")
        kernels_sgd(
            slice.parameters, momentum > 0 ? slice.state.0 : nil, slice.gradient, Int64(slice.count), Float(step.rate),
            Float(momentum), slice.isDecayed ? Float(weightDecay) : 0, nesterov ? 1 : 0, step.gradientScale)
    }
}
