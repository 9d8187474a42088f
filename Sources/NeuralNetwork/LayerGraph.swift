/// The layers that a specification's layers become.
struct LayerGraph {
    let layers: [any Layer]

    /// - Throws: where a layer does not fit the shape in front of it.
    init(_ specification: NetworkSpecification, seed: UInt64) throws(SpecificationError) {
        _ = try specification.outputShapes()
        var lowering = Lowering(seed: seed)
        layers = try lowering.layers(specification.layers, input: specification.inputShape, prefix: "")
    }
}
