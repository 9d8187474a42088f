import CDNNL
import RandomNumbers

extension Network {
    /// Sets every parameter to its initial value, a pure function of the seed, the tensor's number and the element. One
    /// rank of those that share the arena calls it.
    public func initializeParameters() throws(DNNLError) {
        let tensors = declarations.enumerated().map { number, declaration in
            let count = declaration.shape.reduce(1, *)
            let values: [Float]
            switch declaration.initialValue {
            case .zero: values = [Float](repeating: 0, count: count)
            case .one: values = [Float](repeating: 1, count: count)
            case .random(let initializer, let fanIn, let fanOut):
                let stream = RandomStream(seed: seed, purpose: .initialization, stream: UInt64(number))
                values = initializer.values(count: count, fanIn: fanIn, fanOut: fanOut, from: stream)
            }
            return Tensor(name: declaration.name, shape: declaration.shape, values: values)
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
        try write(try match(tensors, with: layout.tensors.map { ($0.name, $0.shape) }), to: \.parameters)
    }

    /// The tensors in the order of what is expected.
    func match(
        _ tensors: [Tensor], with expected: [(name: String, shape: [Int])]
    ) throws(ParameterMismatch) -> [Tensor] {
        var byName: [String: Tensor] = [:]
        for tensor in tensors {
            guard byName.updateValue(tensor, forKey: tensor.name) == nil else {
                throw ParameterMismatch("has the tensor \(tensor.name) twice")
            }
        }
        var ordered: [Tensor] = []
        for (name, shape) in expected {
            guard let found = byName.removeValue(forKey: name) else {
                throw ParameterMismatch("has no tensor \(name) \(shape)")
            }
            guard found.shape == shape else {
                throw ParameterMismatch("has \(name) as \(found.shape), expected \(shape)")
            }
            ordered.append(found)
        }
        if let unknown = tensors.first(where: { byName[$0.name] != nil }) {
            throw ParameterMismatch("has a tensor \(unknown.name) \(unknown.shape) that the network doesn't have")
        }
        return ordered
    }

    private func read(from arena: KeyPath<Arenas, UnsafeMutablePointer<Float>>) throws(DNNLError) -> [Tensor] {
        guard let arenas else { preconditionFailure("the network is not bound to arenas") }
        var result: [Tensor] = []
        for (tensor, declaration) in zip(layout.tensors, declarations) {
            let plain = AlignedBuffer(floats: tensor.shape.reduce(1, *))
            try reorder(
                (declaration.descriptor, arenas[keyPath: arena] + tensor.range.lowerBound),
                (try declaration.descriptor.plain(), plain.floats.baseAddress!))
            let values = withExtendedLifetime(plain) { Array(plain.floats) }
            result.append(Tensor(name: tensor.name, shape: tensor.shape, values: values))
        }
        return result
    }

    private func write(
        _ tensors: [Tensor], to arena: KeyPath<Arenas, UnsafeMutablePointer<Float>>
    ) throws(DNNLError) {
        guard let arenas else { preconditionFailure("the network is not bound to arenas") }
        for (tensor, (place, declaration)) in zip(tensors, zip(layout.tensors, declarations)) {
            let count = place.shape.reduce(1, *)
            precondition(
                tensor.values.count == count,
                "\(tensor.name) \(place.shape) was left with \(tensor.values.count) values")
            let plain = AlignedBuffer(floats: count)
            defer { withExtendedLifetime(plain) {} }
            _ = plain.floats.update(from: tensor.values)
            try reorder(
                (try declaration.descriptor.plain(), plain.floats.baseAddress!),
                (declaration.descriptor, arenas[keyPath: arena] + place.range.lowerBound))
        }
    }

    private func reorder(
        _ source: (layout: MemoryDescriptor, buffer: UnsafeMutablePointer<Float>),
        _ target: (layout: MemoryDescriptor, buffer: UnsafeMutablePointer<Float>)
    ) throws(DNNLError) {
        let primitive = try BoundPrimitive(
            try PrimitiveDescriptor(reorderFrom: source.layout, to: target.layout, engine: engine), engine: engine,
            [
                (CDNNL_ARG_SRC, source.layout, UnsafeMutableRawPointer(source.buffer)),
                (CDNNL_ARG_DST, target.layout, UnsafeMutableRawPointer(target.buffer)),
            ],
            purpose: "a reorder")
        let scratchpad = AlignedBuffer(byteCount: primitive.scratchpadByteCount)
        defer { withExtendedLifetime(scratchpad) {} }
        try primitive.bindScratchpad(scratchpad.address)
        try primitive.run()
    }
}
