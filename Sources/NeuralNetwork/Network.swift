import CDNNL
import RandomNumbers

/// A feed-forward classifier on oneDNN primitives.
///
/// A network is made in two steps, because its parameters may lie in memory that ranks share: the initialiser decides
/// the layout of the arenas; `bind` tells where they are. It belongs to one thread.
public final class Network {
    public let specification: NetworkSpecification
    /// Shape and place of every parameter; the same on every rank that gives the same arguments on a like processor.
    public let layout: ParameterLayout
    /// The largest batch of a plan.
    public let maximumBatch: Int

    private let engine: DNNLEngine
    private let layers: [any Layer]
    private let declarations: [[ParameterDeclaration]]
    private let pool: ActivationPool
    private let seed: UInt64
    private var arenas: (parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>)?
    private var plans: [PlanKey: ExecutionPlan] = [:]

    private struct PlanKey: Hashable {
        let batch: Int
        let mode: ExecutionPlan.Mode
    }

    /// - Parameters:
    ///   - nominalBatch: the batch size that the layouts are chosen for; the same on every rank.
    ///   - maximumBatch: the largest batch that any plan has.
    ///   - seed: of the initial parameters and the dropout masks.
    /// - Throws: `DNNLError` where oneDNN has no implementation.
    public init(
        _ specification: NetworkSpecification, nominalBatch: Int, maximumBatch: Int, seed: UInt64
    ) throws(DNNLError) {
        precondition(nominalBatch >= 1, "a nominal batch of \(nominalBatch), at least 1 expected")
        precondition(maximumBatch >= 1, "a maximum batch of \(maximumBatch), at least 1 expected")
        self.specification = specification
        self.maximumBatch = maximumBatch
        self.seed = seed
        engine = try DNNLEngine()
        layers = Self.fuse(specification.layers, seed: seed)

        specification.checkLayers()
        var shape = specification.inputShape
        var declarations: [[ParameterDeclaration]] = []
        var floats = ActivationPool.footprint(maximumBatch * shape.reduce(1, *))
        for layer in layers {
            declarations.append(try layer.parameters(input: shape, batch: nominalBatch, engine: engine))
            shape = layer.outputShape(input: shape)
            // Values and gradient.
            floats += 2 * ActivationPool.footprint(maximumBatch * shape.reduce(1, *))
        }
        self.declarations = declarations
        layout = ParameterLayout(declarations.flatMap { $0 })
        pool = ActivationPool(floats: floats)
    }

    /// Tells where parameters and gradient lie: `layout.count` floats each, 64-byte aligned, zeroed, and valid as long as
    /// the network is used. Drops the plans made so far.
    public func bind(parameters: UnsafeMutableBufferPointer<Float>, gradient: UnsafeMutableBufferPointer<Float>) {
        precondition(parameters.count == layout.count, "\(parameters.count) parameters, \(layout.count) expected")
        precondition(gradient.count == layout.count, "a gradient of \(gradient.count), \(layout.count) expected")
        for (name, address) in [("parameters", parameters.baseAddress), ("gradient", gradient.baseAddress)] {
            let remainder = Int(bitPattern: address) % 64
            precondition(remainder == 0, "the \(name) lie \(remainder) bytes past a multiple of 64")
        }
        arenas = (parameters.baseAddress!, gradient.baseAddress!)
        plans = [:]
    }

    /// The plan for `batch` samples, made at the first call.
    public func plan(batch: Int, mode: ExecutionPlan.Mode) throws(DNNLError) -> ExecutionPlan {
        if let plan = plans[PlanKey(batch: batch, mode: mode)] { return plan }
        precondition((1...maximumBatch).contains(batch), "a batch of \(batch), 1 to \(maximumBatch) expected")
        let builder = PlanBuilder(engine: engine, batch: batch, mode: mode, pool: pool)
        let input = builder.featureMap(shape: specification.inputShape, withGradient: false)
        var flow = input
        for (layer, parameters) in zip(layers, boundParameters()) {
            flow = try layer.prepare(in: builder, input: flow, parameters: parameters)
        }
        let plan = try ExecutionPlan(builder, input: input, output: flow)
        plans[PlanKey(batch: batch, mode: mode)] = plan
        return plan
    }

    /// A dense layer and the activation behind it become one layer.
    private static func fuse(_ specifications: [LayerSpecification], seed: UInt64) -> [any Layer] {
        var layers: [any Layer] = []
        var index = 0
        while index < specifications.count {
            let name = "\(index)"
            switch specifications[index] {
            case .dense(let units, let bias, let initializer):
                var activation: Activation?
                if index + 1 < specifications.count, case .activation(let next) = specifications[index + 1] {
                    activation = next
                }
                layers.append(
                    DenseLayer(
                        name: name, units: units, hasBias: bias,
                        initializer: initializer ?? (activation == .relu ? .he : .glorot), activation: activation))
                if activation != nil { index += 1 }
            case .activation(let activation):
                layers.append(ActivationLayer(name: name, activation: activation))
            case .dropout(let rate):
                layers.append(DropoutLayer(name: name, index: index, rate: rate, seed: seed))
            }
            index += 1
        }
        return layers
    }

    private func boundParameters() -> [[BoundParameter]] {
        guard let arenas else { preconditionFailure("bind(parameters:gradient:) comes before the first plan") }
        var next = layout.tensors.makeIterator()
        return declarations.map { declarations in
            declarations.map { declaration in
                let offset = next.next()!.range.lowerBound
                return BoundParameter(
                    descriptor: declaration.descriptor, value: arenas.parameters + offset,
                    gradient: arenas.gradient + offset)
            }
        }
    }
}

// MARK: - Initial values, export and import

extension Network {
    /// Sets every parameter to its initial value, a pure function of the seed, the tensor's number and the element. One
    /// rank of those that share the arena calls it.
    public func initializeParameters() throws(DNNLError) {
        let tensors = declarations.flatMap { $0 }.enumerated().map { number, declaration in
            let count = declaration.shape.reduce(1, *)
            guard let initializer = declaration.initializer else {
                return Tensor(
                    name: declaration.name, shape: declaration.shape, values: [Float](repeating: 0, count: count))
            }
            let stream = RandomStream(seed: seed, purpose: .initialization, stream: UInt64(number))
            let fanOut = declaration.shape[0]
            let fanIn = count / fanOut
            return Tensor(
                name: declaration.name, shape: declaration.shape,
                values: initializer.values(count: count, fanIn: fanIn, fanOut: fanOut, from: stream))
        }
        try write(tensors, to: \.parameters)
    }

    /// The parameters in the plain layout.
    public func exportParameters() throws(DNNLError) -> [Tensor] {
        try read(from: \.parameters)
    }

    /// The gradient in the plain layout.
    public func exportGradient() throws(DNNLError) -> [Tensor] {
        try read(from: \.gradient)
    }

    /// Sets the parameters from tensors in the plain layout, with the names and shapes of `layout`. One rank of those
    /// that share the arena calls it.
    ///
    /// - Throws: `ParameterMismatch` where a tensor is missing, unknown, given twice or of another shape; nothing is changed
    ///   then.
    public func importParameters(_ tensors: [Tensor]) throws {
        var byName: [String: Tensor] = [:]
        for tensor in tensors {
            guard byName.updateValue(tensor, forKey: tensor.name) == nil else {
                throw ParameterMismatch("has the tensor \(tensor.name) twice")
            }
        }
        let ordered = try layout.tensors.map { expected in
            guard let found = byName[expected.name] else {
                throw ParameterMismatch("has no tensor \(expected.name) \(expected.shape)")
            }
            guard found.shape == expected.shape else {
                throw ParameterMismatch("has \(expected.name) as \(found.shape), expected \(expected.shape)")
            }
            return found
        }
        let known = Set(layout.tensors.map(\.name))
        if let unknown = tensors.first(where: { !known.contains($0.name) }) {
            throw ParameterMismatch("has a tensor \(unknown.name) \(unknown.shape) that the network doesn't have")
        }
        try write(ordered, to: \.parameters)
    }

    private typealias Arenas = (parameters: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>)

    private func read(from arena: KeyPath<Arenas, UnsafeMutablePointer<Float>>) throws(DNNLError) -> [Tensor] {
        guard let arenas else { preconditionFailure("the network is not bound to arenas") }
        var result: [Tensor] = []
        for (tensor, declaration) in zip(layout.tensors, declarations.flatMap({ $0 })) {
            let plain = AlignedBuffer(floats: tensor.shape.reduce(1, *))
            try reorder(
                (declaration.descriptor, arenas[keyPath: arena] + tensor.range.lowerBound),
                (try MemoryDescriptor(plain: tensor.shape), plain.floats.baseAddress!))
            let values = withExtendedLifetime(plain) { Array(plain.floats) }
            result.append(Tensor(name: tensor.name, shape: tensor.shape, values: values))
        }
        return result
    }

    private func write(
        _ tensors: [Tensor], to arena: KeyPath<Arenas, UnsafeMutablePointer<Float>>
    ) throws(DNNLError) {
        guard let arenas else { preconditionFailure("the network is not bound to arenas") }
        for (tensor, (place, declaration)) in zip(tensors, zip(layout.tensors, declarations.flatMap({ $0 }))) {
            let count = place.shape.reduce(1, *)
            precondition(
                tensor.values.count == count,
                "\(tensor.name) \(place.shape) was left with \(tensor.values.count) values")
            let plain = AlignedBuffer(floats: count)
            defer { withExtendedLifetime(plain) {} }
            _ = plain.floats.update(from: tensor.values)
            try reorder(
                (try MemoryDescriptor(plain: place.shape), plain.floats.baseAddress!),
                (declaration.descriptor, arenas[keyPath: arena] + place.range.lowerBound))
        }
    }

    private func reorder(
        _ source: (layout: MemoryDescriptor, buffer: UnsafeMutablePointer<Float>),
        _ target: (layout: MemoryDescriptor, buffer: UnsafeMutablePointer<Float>)
    ) throws(DNNLError) {
        let primitive = try BoundPrimitive(
            try PrimitiveDescriptor(reorderFrom: source.layout, to: target.layout, engine: engine), engine: engine,
            [(CDNNL_ARG_SRC, source.layout, source.buffer), (CDNNL_ARG_DST, target.layout, target.buffer)],
            purpose: "a reorder")
        let scratchpad = AlignedBuffer(byteCount: primitive.scratchpadByteCount)
        defer { withExtendedLifetime(scratchpad) {} }
        try primitive.bindScratchpad(scratchpad.address)
        try primitive.run()
    }
}
