import RandomNumbers

extension Network {
    /// How parameters, gradient and all that has their layout lie in an arena.
    public var packing: ParameterPacking { ParameterPacking(layout, declarations) }

    /// Sets every parameter to its initial value, a pure function of the seed, the tensor's number and the element. One
    /// rank of those that share the arena calls it.
    public func initializeParameters() throws {
        let tensors = declarations.enumerated().map { number, declaration in
            let count = declaration.parameter.shape.reduce(1, *)
            let stream = RandomStream(seed: seed, purpose: .initialization, stream: UInt64(number))
            let values = declaration.parameter.initialValue.values(count: count, from: stream)
            return Tensor(name: declaration.name, shape: declaration.parameter.shape, values: values)
        }
        try importParameters(tensors)
    }

    /// The parameters in the plain layout.
    public func exportParameters() throws -> [Tensor] {
        try packing.tensors(in: UnsafeBufferPointer(arena(\.parameters)))
    }

    /// The gradient in the plain layout.
    public func exportGradient() throws -> [Tensor] {
        try packing.tensors(in: UnsafeBufferPointer(arena(\.gradient)))
    }

    /// Sets the parameters from tensors in the plain layout, with the names and shapes of `layout`. One rank of those
    /// that share the arena calls it.
    ///
    /// - Throws: `ParameterMismatch` where a tensor is missing, unknown, given twice or of another shape; nothing is changed
    ///   then.
    public func importParameters(_ tensors: [Tensor]) throws {
        try packing.put(tensors, into: arena(\.parameters))
    }

    private func arena(
        _ arena: KeyPath<Arenas, UnsafeMutablePointer<Float>>
    ) -> UnsafeMutableBufferPointer<Float> {
        guard let arenas else { preconditionFailure("the network is not bound to arenas") }
        return UnsafeMutableBufferPointer(start: arenas[keyPath: arena], count: layout.count)
    }
}
