import OneDNN

/// How the tensors of an arena lie in it: takes them out into the plain layout and puts them back. Of use on any thread, unlike
/// the network.
public struct ParameterPacking: Sendable {
    private let tensors: [(place: ParameterLayout.Tensor, descriptor: MemoryDescriptor)]
    /// Floats of an arena.
    public let count: Int

    init(_ layout: ParameterLayout, _ declarations: [ParameterDeclaration]) {
        tensors = Array(zip(layout.tensors, declarations.map(\.descriptor)))
        count = layout.count
    }

    /// The tensors of an arena in the plain layout.
    public func tensors(in arena: UnsafeBufferPointer<Float>) throws -> [Tensor] {
        precondition(arena.count == count, "an arena of \(arena.count) floats, \(count) expected")
        let engine = try Engine()
        // Reorders do not change their source.
        let start = UnsafeMutablePointer(mutating: arena.baseAddress!)
        var result: [Tensor] = []
        for (tensor, descriptor) in tensors {
            let plain = try AlignedBuffer(claimingFloats: tensor.shape.reduce(1, *))
            try Self.reorder(
                (descriptor, start + tensor.range.lowerBound), (try descriptor.plain(), plain.floats.baseAddress!),
                engine)
            let values = withExtendedLifetime(plain) { Array(plain.floats) }
            result.append(Tensor(name: tensor.name, shape: tensor.shape, values: values))
        }
        return result
    }

    /// Puts tensors into an arena; padding stays as it is.
    ///
    /// - Throws: `ParameterMismatch` where a tensor is missing, unknown, given twice or of another shape; nothing is changed
    ///   then.
    public func put(_ tensors: [Tensor], into arena: UnsafeMutableBufferPointer<Float>) throws {
        precondition(arena.count == count, "an arena of \(arena.count) floats, \(count) expected")
        let ordered = try Tensor.match(tensors, with: self.tensors.map { ($0.place.name, $0.place.shape) })
        let engine = try Engine()
        for (tensor, (place, descriptor)) in zip(ordered, self.tensors) {
            let plain = try AlignedBuffer(claimingFloats: tensor.values.count)
            defer { withExtendedLifetime(plain) {} }
            _ = plain.floats.update(from: tensor.values)
            try Self.reorder(
                (try descriptor.plain(), plain.floats.baseAddress!),
                (descriptor, arena.baseAddress! + place.range.lowerBound), engine)
        }
    }

    private static func reorder(
        _ source: (layout: MemoryDescriptor, buffer: UnsafeMutablePointer<Float>),
        _ target: (layout: MemoryDescriptor, buffer: UnsafeMutablePointer<Float>), _ engine: Engine
    ) throws {
        let primitive = try BoundPrimitive(
            try Reorder.descriptor(from: source.layout, to: target.layout, engine: engine), engine: engine,
            [
                (.source, source.layout, UnsafeMutableRawPointer(source.buffer)),
                (.destination, target.layout, UnsafeMutableRawPointer(target.buffer)),
            ],
            purpose: "a reorder")
        let scratchpad = try AlignedBuffer(claiming: primitive.scratchpadByteCount)
        defer { withExtendedLifetime(scratchpad) {} }
        try primitive.bindScratchpad(scratchpad.address)
        try primitive.run()
    }
}

extension Tensor {
    /// The tensors in the order of what is expected.
    static func match(
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
}
