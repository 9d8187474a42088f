import RandomNumbers

/// A batch on its way through a ``PlainLayer``.
public struct ForwardPass: ~Copyable, ~Escapable {
    /// Samples N.
    public let batch: Int
    /// Shapes of a sample, without N.
    public let inputShape, outputShape: [Int]
    /// False in an evaluation, where there is no backward pass.
    public let isTraining: Bool
    /// `[N] + inputShape`.
    public let input: Span<Float>
    /// In the order in which the layer declares them.
    public let parameters: ParameterValues
    /// `[N] + outputShape`, 0 at first.
    public var output: MutableSpan<Float>
    /// `[N, keptCount]`, 0 at first; given to the backward pass of the batch.
    public var kept: MutableSpan<Float>
    public let random: LayerRandom

    @_lifetime(copy input, copy parameters, copy output, copy kept)
    init(
        _ shape: PassShape, isTraining: Bool, input: Span<Float>, parameters: ParameterValues,
        output: consuming MutableSpan<Float>, kept: consuming MutableSpan<Float>, random: LayerRandom
    ) {
        (batch, inputShape, outputShape) = (shape.batch, shape.input, shape.output)
        self.isTraining = isTraining
        self.input = input
        self.parameters = parameters
        self.output = output
        self.kept = kept
        self.random = random
    }
}

/// The gradients of a batch on their way back through a ``PlainLayer``.
public struct BackwardPass: ~Copyable, ~Escapable {
    /// Samples N.
    public let batch: Int
    /// Shapes of a sample, without N.
    public let inputShape, outputShape: [Int]
    /// `[N] + inputShape`.
    public let input: Span<Float>
    /// `[N] + outputShape`.
    public let output: Span<Float>
    /// `[N, keptCount]`, as the forward pass of the batch left them.
    public let kept: Span<Float>
    /// In the order in which the layer declares them.
    public let parameters: ParameterValues
    /// `[N] + outputShape`: the derivatives of the loss by the output.
    public let outputGradient: Span<Float>
    /// `[N] + inputShape`, 0 at first: the derivatives of the loss by the input.
    public var inputGradient: MutableSpan<Float>
    /// False where nothing in front of the layer learns, and ``inputGradient`` is of no use.
    public let needsInputGradient: Bool
    /// In the order in which the layer declares its parameters, 0 at first: sums over the samples.
    public var gradients: ParameterGradients
    public let random: LayerRandom

    @_lifetime(
        copy input, copy output, copy kept, copy parameters, copy outputGradient, copy inputGradient, copy gradients)
    init(
        _ shape: PassShape, input: Span<Float>, output: Span<Float>, kept: Span<Float>, parameters: ParameterValues,
        outputGradient: Span<Float>, inputGradient: consuming MutableSpan<Float>, needsInputGradient: Bool,
        gradients: consuming ParameterGradients, random: LayerRandom
    ) {
        (batch, inputShape, outputShape) = (shape.batch, shape.input, shape.output)
        self.input = input
        self.output = output
        self.kept = kept
        self.parameters = parameters
        self.outputGradient = outputGradient
        self.inputGradient = inputGradient
        self.needsInputGradient = needsInputGradient
        self.gradients = gradients
        self.random = random
    }
}

/// Sizes that the passes of a batch have in common.
struct PassShape {
    let batch: Int
    /// Shapes of a sample.
    let input, output: [Int]
}

/// The parameters of a layer.
public struct ParameterValues: ~Escapable {
    @usableFromInline let tensors: UnsafePointer<UnsafeMutableBufferPointer<Float>>
    public let count: Int

    @_lifetime(immortal)
    init(_ tensors: UnsafeMutableBufferPointer<UnsafeMutableBufferPointer<Float>>) {
        self.tensors = UnsafePointer(tensors.baseAddress!)
        count = tensors.count
    }

    /// A parameter in its plain shape.
    @inlinable
    public subscript(number: Int) -> Span<Float> {
        @_lifetime(copy self)
        get {
            precondition(number >= 0 && number < count, "parameter \(number) of \(count)")
            return _overrideLifetime(UnsafeBufferPointer(tensors[number]).span, copying: self)
        }
    }
}

/// The gradients of a layer's parameters.
public struct ParameterGradients: ~Copyable, ~Escapable {
    @usableFromInline let tensors: UnsafePointer<UnsafeMutableBufferPointer<Float>>
    public let count: Int

    @_lifetime(immortal)
    init(_ tensors: UnsafeMutableBufferPointer<UnsafeMutableBufferPointer<Float>>) {
        self.tensors = UnsafePointer(tensors.baseAddress!)
        count = tensors.count
    }

    /// The gradient of a parameter, in its plain shape.
    @inlinable
    public subscript(number: Int) -> MutableSpan<Float> {
        @_lifetime(borrow self)
        get {
            precondition(number >= 0 && number < count, "gradient \(number) of \(count)")
            return _overrideLifetime(tensors[number].mutableSpan, borrowing: self)
        }
        @_lifetime(&self)
        _modify {
            precondition(number >= 0 && number < count, "gradient \(number) of \(count)")
            var span = tensors[number].mutableSpan
            yield &span
        }
    }
}

/// Random numbers of a layer for a step: a pure function of the seed, the layer, the step and the sample's place in the global
/// batch, the same in both passes and on any number of ranks.
public struct LayerRandom: Sendable {
    private let seed: UInt64
    private let layer: Int
    private var stream: RandomStream
    private var firstSample = 0

    init(seed: UInt64, layer: Int) {
        self.seed = seed
        self.layer = layer
        stream = RandomStream(seed: seed, purpose: .layer, stream: UInt64(layer) << 32)
    }

    func at(_ position: BatchPosition) -> Self {
        var random = self
        random.stream = RandomStream(
            seed: seed, purpose: .layer, stream: UInt64(layer) << 32 | UInt64(position.step))
        random.firstSample = position.firstSample
        return random
    }

    /// A number in [0, 1), uniform.
    ///
    /// - Parameters:
    ///   - number: 0 ..< 2³²: which one of the sample's.
    ///   - sample: 0 ..< batch.
    public func uniform(_ number: Int, ofSample sample: Int) -> Float {
        stream.uniformFloat(index(number, sample))
    }

    /// A number of mean 0 and variance 1, normal; see ``uniform(_:ofSample:)``.
    public func normal(_ number: Int, ofSample sample: Int) -> Float {
        Float(stream.normal(index(number, sample)))
    }

    private func index(_ number: Int, _ sample: Int) -> UInt64 {
        UInt64(firstSample + sample) << 32 | UInt64(UInt32(number))
    }
}
