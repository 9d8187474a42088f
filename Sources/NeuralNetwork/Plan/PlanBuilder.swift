import OneDNN

/// Collects the operations of a plan while its layers are prepared, forward and then backward, and decides where their
/// tensors lie.
///
/// A first plan, the draft, is made to learn what parameters there are and in which layouts; it is never run.
final class PlanBuilder {
    typealias Argument = (argument: PrimitiveArgument, tensor: PlanTensor)
    /// Where a tensor lies.
    typealias Addresses = (PlanTensor) -> UnsafeMutableRawPointer

    let engine: Engine
    let batch: Int
    let mode: ExecutionPlan.Mode
    let options: Network.Options
    /// Sums numbers over all ranks; what synchronised statistics need.
    let sumOverRanks: SumOverRanks?

    /// The network's input in the number format of the layers, and what dropout leaves of it.
    private var inputs: Set<Int> = []

    struct Operation {
        let label: StepLabel
        /// Numbers of the tensors, without those that lie elsewhere.
        let uses: [Int]
        let make: (Addresses) throws -> any PlanStep
    }

    private(set) var forward: [Operation] = []
    private(set) var backward: [Operation] = []
    var isBackward = false
    var backwardOfLayers: [() throws -> Void] = []
    /// What each tensor is; nil for a planned one.
    private var fixedAddresses: [UnsafeMutableRawPointer?] = []
    /// Bytes of each tensor.
    private(set) var byteCounts: [Int] = []
    /// The user's part: tensors to write or read before the forward pass, between the passes, and behind both.
    var seen: (before: [PlanTensor], between: [PlanTensor], behind: [PlanTensor]) = ([], [], [])
    /// The operation of the forward pass that comes behind each layer.
    private(set) var layerEnds: [Int] = []
    /// The gradients that reach a tensor, in the order of the operations.
    var gradients: [Int: [PlanTensor]] = [:]
    /// Gradients that more than one layer reads, by number: not to be overwritten.
    var shared: Set<Int> = []

    /// The layers and what comes out of them, in the order in which they were prepared.
    private(set) var outputs: [(layer: any Layer, output: FeatureMap)] = []
    /// In a plan for probing, of the layers that have parameters: `[N, C]`, plain float32.
    var layerOutputs: [(layer: String, values: PlanTensor)] = []
    /// The largest scratchpad of any primitive.
    private(set) var scratchpadByteCount = 0
    /// Bytes that steps keep from the forward to the backward pass beside the plan's tensors.
    private(set) var keptByteCount = 0
    private(set) var parameters: [ParameterDeclaration] = []
    /// Paths of the layers that have asked for parameters.
    private var pathsWithParameters: Set<String> = []
    private(set) var statistics: [StatisticDeclaration] = []
    private let bindings: Bindings?

    typealias BoundParameter = (
        layout: MemoryDescriptor, value: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
    )

    /// Where parameters and statistics lie, by name.
    struct Bindings {
        let parameters: [String: BoundParameter]
        let statistics: [String: UnsafeMutablePointer<Float>]
    }

    /// - Parameter bindings: nil for a draft.
    init(
        engine: Engine, batch: Int, mode: ExecutionPlan.Mode, options: Network.Options, bindings: Bindings?,
        sumOverRanks: SumOverRanks?
    ) {
        self.engine = engine
        self.batch = batch
        self.mode = mode
        self.options = options
        self.bindings = bindings
        self.sumOverRanks = sumOverRanks
    }

    // MARK: - Tensors

    /// A tensor whose memory is planned.
    func tensor(_ layout: MemoryDescriptor) -> PlanTensor {
        makeTensor(layout, address: nil)
    }

    /// Where the parameters of a draft, which is never run, are said to lie: not in the memory that is planned.
    private static var elsewhere: UnsafeMutableRawPointer { UnsafeMutableRawPointer(bitPattern: 64)! }

    private func makeTensor(_ layout: MemoryDescriptor, address: UnsafeMutableRawPointer?) -> PlanTensor {
        let number = fixedAddresses.count
        fixedAddresses.append(address)
        byteCounts.append(layout.byteCount)
        return PlanTensor(number: number, layout: layout)
    }

    /// A map `[N] + shape` that a layer gives.
    ///
    /// - Parameter needsGradient: whether anything in front of it has a use for its gradient.
    func featureMap(_ layout: MemoryDescriptor, shape: [Int], needsGradient: Bool) -> FeatureMap {
        FeatureMap(shape: shape, tensor: tensor(layout), needsGradient: mode == .training && needsGradient)
    }

    /// `[N, C, H, W]` in blocks of channels; so are signals, as maps of one row, and volumes.
    func blocked(_ shape: [Int], _ precision: Precision? = nil) throws -> MemoryDescriptor {
        try MemoryDescriptor(
            blocked: [batch] + FeatureMap.grid(of: shape), block: Processor.channelBlock, precision ?? options.precision
        )
    }

    /// `[N, C, H, W]` with the channels of a pixel together: where they are no whole blocks, what oneDNN has code for.
    func channelsLast(_ shape: [Int], _ precision: Precision? = nil) throws -> MemoryDescriptor {
        try MemoryDescriptor(channelsLast: [batch] + FeatureMap.grid(of: shape), precision ?? options.precision)
    }

    /// A parameter of a layer, declared in a draft and bound afterwards.
    ///
    /// - Parameters:
    ///   - path: the layer's.
    ///   - layout: asked for in a draft alone; the primitives of every plan get what was declared.
    func parameter(
        _ parameter: LayerParameter, of path: String, layout: @autoclosure () throws -> MemoryDescriptor
    ) throws -> ParameterTensors {
        let name = LayerParameter.name(parameter.name, at: path)
        pathsWithParameters.insert(path)
        if let bindings {
            guard let bound = bindings.parameters[name] else {
                preconditionFailure("no parameter \(name) was declared")
            }
            return ParameterTensors(
                value: makeTensor(bound.layout, address: UnsafeMutableRawPointer(bound.value)),
                gradient: makeTensor(bound.layout, address: UnsafeMutableRawPointer(bound.gradient)))
        }
        let descriptor = try layout()
        parameters.append(
            ParameterDeclaration(layer: path, name: name, parameter: parameter, descriptor: descriptor))
        return ParameterTensors(
            value: makeTensor(descriptor, address: Self.elsewhere),
            gradient: makeTensor(descriptor, address: Self.elsewhere))
    }

    /// The running statistic `name` of `count` numbers, a moving average with that momentum; nil in a draft.
    func statistic(
        _ name: String, count: Int, initially value: Float, momentum: Float
    ) -> UnsafeMutablePointer<Float>? {
        if let bindings { return bindings.statistics[name]! }
        statistics.append(
            StatisticDeclaration(name: name, count: count, initialValue: value, momentum: momentum))
        return nil
    }

    /// Counts memory of a step's own.
    func keep(byteCount: Int) {
        keptByteCount += byteCount
    }

    /// Tells that a map is the network's input.
    func markAsInput(_ map: FeatureMap) {
        inputs.insert(map.tensor.number)
    }

    func isInput(_ map: FeatureMap) -> Bool {
        inputs.contains(map.tensor.number)
    }

    // MARK: - Layers and operations

    /// Adds a layer's operations and notes what comes out. The mask of a sequence goes on to the same positions behind the layer.
    func prepare(_ layer: any Layer, input: FeatureMap) throws -> FeatureMap {
        let output = masked(try layer.prepare(in: self, input: input), behind: layer, input)
        try note(layer, output)
        return output
    }

    /// For tables and probes.
    func note(_ layer: any Layer, _ output: FeatureMap) throws {
        outputs.append((layer, output))
        try probe(layer, output)
        layerEnds.append(forward.count)
    }

    /// Whether a layer that has been prepared has asked for parameters, not counting those of layers within.
    func hasParameters(_ layer: any Layer) -> Bool { pathsWithParameters.contains(layer.path) }

    /// Adds a primitive behind all operations so far.
    func add(
        _ descriptor: PrimitiveDescriptor, _ arguments: [Argument], layer: String, _ pass: StepLabel.Pass,
        multiplyAdds: Int = 0
    ) {
        let label = StepLabel(
            layer: layer, pass: pass, implementation: descriptor.implementation, multiplyAdds: multiplyAdds)
        scratchpadByteCount = max(scratchpadByteCount, descriptor.scratchpadByteCount)
        add(label, uses: arguments.map(\.tensor)) { [engine] addresses in
            try BoundPrimitive(
                descriptor, engine: engine, arguments.map { ($0.argument, $0.tensor.layout, addresses($0.tensor)) },
                purpose: "\(label.pass.rawValue) of layer \(label.layer)")
        }
    }

    /// Adds a step that `make` makes once the addresses of the tensors that it uses are known: those that no step has used, which it makes,
    /// and others, which it reads, or changes where it makes none.
    func add(
        _ label: StepLabel, uses tensors: [PlanTensor], make: @escaping (Addresses) throws -> any PlanStep
    ) {
        let planned = tensors.map(\.number).filter { fixedAddresses[$0] == nil }
        let operation = Operation(label: label, uses: planned, make: make)
        if isBackward { backward.append(operation) } else { forward.append(operation) }
    }

    /// A copy of `tensor` in another layout or number format; itself where nothing changes.
    func reordered(_ tensor: PlanTensor, to layout: MemoryDescriptor, layer: String) throws -> PlanTensor {
        if tensor.layout == layout { return tensor }
        let target = self.tensor(layout)
        try reorder(tensor, into: target, layer: layer)
        return target
    }

    func reorder(_ source: PlanTensor, into target: PlanTensor, layer: String) throws {
        add(
            try Reorder.descriptor(from: source.layout, to: target.layout, engine: engine),
            [(.source, source), (.destination, target)], layer: layer, .reorder)
    }

    func addresses(_ plan: MemoryPlan, memory: UnsafeMutableRawPointer) -> Addresses {
        { [fixedAddresses] tensor in fixedAddresses[tensor.number] ?? memory + plan.offsets[tensor.number] }
    }
}
