/// An update rule over slices of the parameter arena.
///
/// A value: hyperparameters alone. What it remembers of the past lies in state arenas, which have the layout of the
/// parameters, so that any rank can own any slice; how many updates there were before, it is told.
public protocol Optimizer: Sendable {
    /// State arenas needed, at most three, each as long as the parameters and starting at 0.
    var stateArenaCount: Int { get }

    /// Whether the update of a tensor depends on norms of the whole of it.
    var needsNorms: Bool { get }

    /// The first of two passes where norms are needed: what may turn the gradient into the direction whose norm is asked for.
    func prepare(_ slice: ArenaSlice, step: UpdateStep)

    /// Updates one slice, in one pass.
    ///
    /// - Parameters:
    ///   - slice: parameters, gradient and state, of a single tensor where norms are needed.
    ///   - norms: of the whole tensor, after `prepare`; given exactly where needed.
    func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?)
}

extension Optimizer {
    public var needsNorms: Bool { false }

    public func prepare(_ slice: ArenaSlice, step: UpdateStep) {}
}

/// What an update depends on besides parameters, gradient and state.
public struct UpdateStep: Sendable, Equatable {
    /// Updates done before this one since the state was 0.
    public var index: Int
    /// The learning rate.
    public var rate: Double
    /// What the gradient is multiplied by first (gradient-norm clipping).
    public var gradientScale: Float

    public init(index: Int, rate: Double, gradientScale: Float = 1) {
        self.index = index
        self.rate = rate
        self.gradientScale = gradientScale
    }
}

/// L2 norms of a whole tensor.
public struct TensorNorms: Sendable, Equatable {
    public var parameters: Double
    /// Of the gradient arena after `prepare`.
    public var gradient: Double

    public init(parameters: Double, gradient: Double) {
        self.parameters = parameters
        self.gradient = gradient
    }
}

/// A run of the arenas that is updated alike.
public struct ArenaSlice {
    public typealias State = (
        UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?
    )

    public var parameters: UnsafeMutablePointer<Float>
    public var gradient: UnsafeMutablePointer<Float>
    /// One pointer a state arena.
    public var state: State
    public var count: Int
    /// Whether weight decay, and what norms say, apply here: to weights, not to biases and normalisations.
    public var isDecayed: Bool

    public init(
        parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>, state: State, count: Int,
        isDecayed: Bool
    ) {
        self.parameters = parameters
        self.gradient = gradient
        self.state = state
        self.count = count
        self.isDecayed = isDecayed
    }
}
