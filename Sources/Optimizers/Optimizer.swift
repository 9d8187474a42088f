/// An update rule over slices of the parameter arena.
///
/// A value: hyperparameters alone. What it remembers of the past lies in state arenas, which have the layout of the
/// parameters, so that any rank can own any slice.
public protocol Optimizer: Sendable {
    /// State arenas needed, each as long as the parameters and starting at 0.
    var stateArenaCount: Int { get }

    /// Updates one slice in one pass.
    ///
    /// - Parameters:
    ///   - slice: parameters, gradient and state.
    ///   - rate: the learning rate of this step.
    ///   - gradientScale: what the gradient is multiplied by first (gradient-norm clipping).
    func update(_ slice: ArenaSlice, rate: Float, gradientScale: Float)
}

/// A run of the arenas that is updated alike.
public struct ArenaSlice {
    public var parameters: UnsafeMutablePointer<Float>
    public var gradient: UnsafePointer<Float>
    /// One pointer a state arena.
    public var state: (UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?)
    public var count: Int
    /// Whether weight decay applies here.
    public var isDecayed: Bool

    public init(
        parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
        state: (UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?), count: Int, isDecayed: Bool
    ) {
        self.parameters = parameters
        self.gradient = gradient
        self.state = state
        self.count = count
        self.isDecayed = isDecayed
    }
}
