import Settings

/// An update rule over slices of the parameter arena.
///
/// A value: hyperparameters alone. What it remembers of the past lies in state arenas, which have the layout of the
/// parameters, so that any rank can own any slice, and in a few numbers that every rank has; how many updates there were
/// before, it is told.
public protocol Optimizer: Component {
    /// The rate that the method's paper gives, which is not searched for; nil for none.
    static var publishedRate: Double? { get }

    /// True where the paper asks for an average of the parameters.
    static var asksForAverage: Bool { get }

    /// The decay of the mean of gradients that updates follow, 0 for none.
    var meanDecay: Double { get }

    /// The rate at which a search begins: it decides how many trials there are, not what they find.
    var usualRate: Double { get }

    /// State arenas needed, at most four, each as long as the parameters and starting at 0.
    var stateArenaCount: Int { get }

    /// Numbers needed that hold for all parameters, at most eight, each starting at 0; see `StepNumbers`.
    var numberCount: Int { get }

    /// Sums over all parameters that a step depends on, at most eight.
    var sumCount: Int { get }

    /// True where a step depends on the loss of its batch.
    var needsLoss: Bool { get }

    /// True where other parameters than those that are updated are to be evaluated and kept.
    var evaluatesOthers: Bool { get }

    /// Whether the update of a tensor depends on norms of the whole of it.
    var needsNorms: Bool { get }

    /// The first of two passes where norms are needed: what may turn the gradient into the direction whose norm is asked for.
    func prepare(_ slice: ArenaSlice, step: UpdateStep)

    /// The first of two passes where sums are needed: what a slice adds to each of them. It may change the state of the slice.
    ///
    /// - Parameter step: with the numbers from before the step.
    func sums(_ slice: ArenaSlice, step: UpdateStep) -> StepNumbers

    /// Brings the numbers to what the update of all slices takes.
    ///
    /// - Parameters:
    ///   - numbers: from before the step.
    ///   - sums: over all parameters.
    func advance(_ numbers: inout StepNumbers, by sums: StepNumbers, step: UpdateStep)

    /// Updates one slice, in one pass.
    ///
    /// - Parameters:
    ///   - slice: parameters, gradient and state, of a single tensor where norms are needed.
    ///   - norms: of the whole tensor, after `prepare`; given exactly where needed.
    func update(_ slice: ArenaSlice, step: UpdateStep, norms: TensorNorms?)

    /// Writes the parameters of a slice that are to be evaluated and kept.
    func evaluated(_ slice: ArenaSlice, numbers: StepNumbers, into target: UnsafeMutablePointer<Float>)
}

extension Optimizer {
    public static var publishedRate: Double? { nil }
    public static var asksForAverage: Bool { false }
    public var meanDecay: Double { 0 }
    public var usualRate: Double { Self.publishedRate ?? 0.01 }
    public var numberCount: Int { 0 }
    public var sumCount: Int { 0 }
    public var needsNorms: Bool { false }
    public var needsLoss: Bool { false }
    public var evaluatesOthers: Bool { false }

    public func prepare(_ slice: ArenaSlice, step: UpdateStep) {}

    public func sums(_ slice: ArenaSlice, step: UpdateStep) -> StepNumbers { .zero }

    public func advance(_ numbers: inout StepNumbers, by sums: StepNumbers, step: UpdateStep) {}

    public func evaluated(_ slice: ArenaSlice, numbers: StepNumbers, into target: UnsafeMutablePointer<Float>) {
        target.update(from: slice.parameters, count: slice.count)
    }
}

/// A few numbers of a step that hold for all parameters, the same bits on every rank: sums over the parameters, or what an
/// optimizer keeps from step to step.
public typealias StepNumbers = SIMD8<Double>

/// What an update depends on besides parameters, gradient and state.
public struct UpdateStep: Sendable, Equatable {
    /// Updates done before this one since the state was 0.
    public var index: Int
    /// The learning rate.
    public var rate: Double
    /// What the gradient is multiplied by first (gradient-norm clipping).
    public var gradientScale: Float
    /// The mean loss of the global batch in nats, where it is needed.
    public var loss: Double
    /// Numbers that hold for all parameters.
    public var numbers: StepNumbers

    public init(index: Int, rate: Double, gradientScale: Float = 1, loss: Double = 0, numbers: StepNumbers = .zero) {
        self.index = index
        self.rate = rate
        self.gradientScale = gradientScale
        self.loss = loss
        self.numbers = numbers
    }
}

/// L2 norms of a whole tensor.
public struct TensorNorms: Sendable, Equatable {
    public var parameters: Double
    /// Norm of the gradient arena after `prepare`.
    public var gradient: Double

    public init(parameters: Double, gradient: Double) {
        self.parameters = parameters
        self.gradient = gradient
    }
}

/// A run of the arenas that is updated alike.
public struct ArenaSlice {
    public typealias State = (
        UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?, UnsafeMutablePointer<Float>?,
        UnsafeMutablePointer<Float>?
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

// MARK: - Spans

// No two spans of the same numbers may be in use at a time.
extension ArenaSlice {
    /// The parameters.
    public var parameterValues: MutableSpan<Float> {
        @_lifetime(borrow self)
        get { span(parameters) }
    }

    /// The gradient, to be multiplied by ``UpdateStep/gradientScale``.
    public var gradientValues: MutableSpan<Float> {
        @_lifetime(borrow self)
        get { span(gradient) }
    }

    /// A state arena, 0 ..< ``Optimizer/stateArenaCount``.
    @_lifetime(borrow self)
    public func stateValues(_ number: Int) -> MutableSpan<Float> {
        // No array, which would be allocated.
        let arena: UnsafeMutablePointer<Float>? =
            switch number {
            case 0: state.0
            case 1: state.1
            case 2: state.2
            case 3: state.3
            default: nil
            }
        guard let arena else { preconditionFailure("state arena \(number), which was not asked for") }
        return span(arena)
    }

    @_lifetime(borrow self)
    private func span(_ start: UnsafeMutablePointer<Float>) -> MutableSpan<Float> {
        _overrideLifetime(UnsafeMutableBufferPointer(start: start, count: count).mutableSpan, borrowing: self)
    }
}
