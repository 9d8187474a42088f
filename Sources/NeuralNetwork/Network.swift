import OneDNN
import RandomNumbers

/// Adds numbers over all ranks, in place; all ranks call it as often, with as many numbers.
public typealias SumOverRanks = (UnsafeMutableBufferPointer<Double>) throws -> Void

/// A feed-forward classifier on oneDNN primitives.
///
/// A network is made in two steps, because its parameters may lie in memory that ranks share: the initialiser decides
/// the layout of the arenas; `bind` tells where they are. It belongs to one thread.
public final class Network {
    public let specification: NetworkSpecification
    public let options: Options
    /// Shape and place of every parameter; the same on every rank that gives the same arguments on a like processor.
    public let layout: ParameterLayout
    /// The largest batch of a plan.
    public let maximumBatch: Int

    /// What computes the passes of each layer, oneDNN's names of the implementations: by layer, then by pass. With them an
    /// experiment tells which algorithm its convolutions used.
    public let primitives: [String: [String: String]]

    let declarations: [ParameterDeclaration]
    let statistics: RunningStatistics
    let seed: UInt64
    var arenas: Arenas?
    private var owner: AnyObject?

    typealias Arenas = (parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>)

    let engine: Engine
    private let graph: LayerGraph
    private let sumOverRanks: SumOverRanks?
    private var plans: [PlanKey: ExecutionPlan] = [:]
    /// Where the tensors of all plans lie, one plan running at a time; grows with the plans.
    private var memory: AlignedBuffer?
    /// Where gradients of frozen parameters go; nil without any.
    private var unused: AlignedBuffer?

    private struct PlanKey: Hashable {
        let batch: Int
        let mode: ExecutionPlan.Mode
    }

    /// How a network computes, beyond what it is made of.
    public struct Options: Sendable, Equatable {
        public var precision: Precision
        public var convolution: ConvolutionChoice
        /// Whether bfloat16 may run on AVX-512 without bfloat16 instructions, slowly.
        public var emulatesBFloat16: Bool
        /// Whether all ranks' processors multiply faster in bfloat16 than in float32: what computes a convolution depends on it.
        public var hasFastBFloat16: Bool
        /// That compute; convolutions have kernels of their own for one.
        public var threads: Int
        /// Whether activations are forgotten in the forward pass and computed again in the backward pass, where that takes less
        /// memory. The numbers are the same bits.
        public var recomputes = false
        /// Names of parameters that stay as they are, or beginnings of names up to a full stop. Their gradient is 0. A batch
        /// normalization of which all parameters are among them normalizes by its running statistics in training too.
        public var frozen: [String] = []
        /// Whether the gradient of the network's input is computed too: for tests.
        package var computesInputGradient = false

        /// Whether convolutions and dense layers may be computed by other kernels than oneDNN's.
        var allowsOwnKernels: Bool { convolution == .automatic && threads == 1 }

        public init(
            precision: Precision = .float32, convolution: ConvolutionChoice = .automatic,
            emulatesBFloat16: Bool = false, hasFastBFloat16: Bool = Processor.hasFastBFloat16,
            threads: Int = 1
        ) {
            self.precision = precision
            self.convolution = convolution
            self.emulatesBFloat16 = emulatesBFloat16
            self.hasFastBFloat16 = hasFastBFloat16
            self.threads = threads
        }
    }

    /// - Parameters:
    ///   - nominalBatch: the batch size that the layouts are chosen for; the same on every rank.
    ///   - maximumBatch: the largest batch that any plan has.
    ///   - seed: of the initial parameters and the dropout masks.
    ///   - sumOverRanks: what synchronised statistics are summed with; nil where this rank is the only one.
    /// - Throws: `SpecificationError` where a layer does not fit the shape in front of it, `UnsupportedPrecision`,
    ///   `OneDNNError` where oneDNN has no implementation.
    public init(
        _ specification: NetworkSpecification, options: Options = Options(), nominalBatch: Int, maximumBatch: Int,
        seed: UInt64, sumOverRanks: SumOverRanks? = nil
    ) throws {
        precondition(nominalBatch >= 1, "a nominal batch of \(nominalBatch), at least 1 expected")
        precondition(maximumBatch >= 1, "a maximum batch of \(maximumBatch), at least 1 expected")
        try options.precision.checkSupport(emulated: options.emulatesBFloat16)
        self.specification = specification
        self.options = options
        self.maximumBatch = maximumBatch
        self.seed = seed
        self.sumOverRanks = sumOverRanks
        engine = try Engine()
        graph = try LayerGraph(specification, seed: seed)

        let draft = PlanBuilder(
            engine: engine, batch: nominalBatch, mode: .training, options: options, bindings: nil,
            sumOverRanks: nil)
        _ = try Self.prepare(graph, specification, in: draft)
        declarations = draft.parameters
        statistics = RunningStatistics(draft.statistics)
        layout = ParameterLayout(declarations, isFrozen: options.freezes)
        var primitives: [String: [String: String]] = [:]
        for label in (draft.forward + draft.backward).map(\.label) where label.pass != .reorder {
            primitives[label.layer, default: [:]][label.pass.rawValue] = label.implementation
        }
        self.primitives = primitives
    }

    /// Tells where parameters and gradient lie: `layout.count` floats each, 64-byte aligned, zeroed, and valid as long as
    /// the network is used. Drops the plans made so far.
    ///
    /// - Parameter owner: of that memory: lives as long as the network and its plans.
    public func bind(
        parameters: UnsafeMutableBufferPointer<Float>, gradient: UnsafeMutableBufferPointer<Float>,
        of owner: AnyObject? = nil
    ) {
        precondition(parameters.count == layout.count, "\(parameters.count) parameters, \(layout.count) expected")
        precondition(gradient.count == layout.count, "a gradient of \(gradient.count), \(layout.count) expected")
        for (name, address) in [("parameters", parameters.baseAddress), ("gradient", gradient.baseAddress)] {
            let remainder = Int(bitPattern: address) % 64
            precondition(remainder == 0, "the \(name) lie \(remainder) bytes past a multiple of 64")
        }
        arenas = (parameters.baseAddress!, gradient.baseAddress!)
        self.owner = owner
        plans = [:]
    }

    /// The plan for `batch` samples, made at the first call. Making the largest one first saves memory: the others then
    /// use its own.
    public func plan(batch: Int, mode: ExecutionPlan.Mode) throws -> ExecutionPlan {
        if let plan = plans[PlanKey(batch: batch, mode: mode)] { return plan }
        precondition((1...maximumBatch).contains(batch), "a batch of \(batch), 1 to \(maximumBatch) expected")
        let (builder, surface) = try prepared(batch: batch, mode)
        let planned = builder.planned(recomputing: options.recomputes)
        let byteCount = planned.memory.byteCount + builder.scratchpadByteCount
        let memory =
            try memory.flatMap { $0.byteCount >= byteCount ? $0 : nil } ?? AlignedBuffer(claiming: byteCount)
        self.memory = memory
        let plan = try ExecutionPlan(builder, surface, planned: planned, memory: memory, of: owner, layout: layout)
        plans[PlanKey(batch: batch, mode: mode)] = plan
        return plan
    }

    /// Bytes of the activations and scratchpads of the largest plan made so far.
    public var plannedByteCount: Int { memory?.byteCount ?? 0 }

    /// The same of a plan for training that is not made: as its activations are kept, and where they are computed again in the
    /// backward pass, as by `Options.recomputes`.
    public func plannedByteCounts(batch: Int) throws -> (kept: Int, recomputed: Int) {
        let (draft, _) = try prepared(batch: batch, .training)
        func byteCount(recomputing: Bool) -> Int {
            draft.planned(recomputing: recomputing).memory.byteCount + draft.scratchpadByteCount
        }
        return (byteCount(recomputing: false), byteCount(recomputing: true))
    }

    private func prepared(
        batch: Int, _ mode: ExecutionPlan.Mode
    ) throws -> (builder: PlanBuilder, surface: PlanSurface) {
        let builder = PlanBuilder(
            engine: engine, batch: batch, mode: mode, options: options, bindings: try bindings(),
            sumOverRanks: sumOverRanks)
        return (builder, try Self.prepare(graph, specification, in: builder))
    }

    static func prepare(
        _ graph: LayerGraph, _ specification: NetworkSpecification, in plan: PlanBuilder
    ) throws -> PlanSurface {
        let shape = specification.inputShape
        let input = plan.tensor(try MemoryDescriptor(plain: [plan.batch] + shape))
        let first = FeatureMap(
            shape: shape, tensor: input,
            needsGradient: plan.mode == .training && plan.options.computesInputGradient)
        // bfloat16 has 8 bits for the number of a token.
        let takesNumbers = graph.layers.first?.takesNumbers ?? false
        var flow = try plan.converted(
            first, to: try input.layout.plain(takesNumbers ? .float32 : plan.options.precision), shape: shape,
            layer: "input")
        plan.markAsInput(flow)
        for layer in graph.layers { flow = try plan.prepare(layer, input: flow) }
        return try plan.finish(input: input, inputMap: first, output: flow)
    }

    private func bindings() throws(MemoryShortage) -> PlanBuilder.Bindings {
        guard let arenas else { preconditionFailure("bind(parameters:gradient:) comes before the first plan") }
        var parameters: [String: PlanBuilder.BoundParameter] = [:]
        if unused == nil, layout.tensors.contains(where: \.isFrozen) {
            unused = try AlignedBuffer(claimingFloats: layout.count)
        }
        for (declaration, tensor) in zip(declarations, layout.tensors) {
            // Gradients that layers compute for a frozen parameter are not for the arena, which stays 0 there.
            let gradients = tensor.isFrozen ? unused!.floats.baseAddress! : arenas.gradient
            parameters[declaration.name] = (
                declaration.descriptor, arenas.parameters + tensor.range.lowerBound,
                gradients + tensor.range.lowerBound
            )
        }
        return PlanBuilder.Bindings(parameters: parameters, statistics: statistics.addresses)
    }
}
