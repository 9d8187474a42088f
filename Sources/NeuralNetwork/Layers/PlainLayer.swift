/// A layer that computes itself, forward and backward, over spans in the plain layout: what a package brings its own layers as.
///
/// A batch is `[N] + shape`, the last dimension running fastest: `[N, C, H, W]` or `[N, features]`. Where neighbours want another
/// layout or bfloat16, values and gradients are converted in front of the layer and behind it.
///
/// A type says its name, its settings, its shape rule and its parameters as any ``LayerSpecification`` does, and is found by its
/// name where it is handed to `Configuration.load` with the key `additions`. Parameters lie in the arena of the network: they are
/// updated, averaged, written and read as those of other layers.
///
/// Samples of a step are shared out over ranks, shards and micro-batches, so a sample's result must not depend on the others of
/// its batch. ``checkGradient(of:inputShape:batch:elements:tolerance:seed:)`` holds both passes against each other.
public protocol PlainLayer: LayerSpecification {
    /// Numbers of a sample that ``forward(_:)`` keeps for ``backward(_:)``. Default 0.
    func keptCount(input: [Int]) -> Int

    /// Computes `pass.output` of `pass.input`. To allocate nothing, and to give the same bits for the same input.
    func forward(_ pass: inout ForwardPass)

    /// Computes `pass.inputGradient` and `pass.gradients` of `pass.outputGradient`. To allocate nothing.
    func backward(_ pass: inout BackwardPass)
}

extension PlainLayer {
    public func keptCount(input: [Int]) -> Int { 0 }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        plainlyLowered(place, lowering, try outputShape(input: place.input))
    }

    /// The layer as it computes itself.
    func plainlyLowered(_ place: LayerPlace, _ lowering: Lowering, _ outputShape: [Int]) -> LoweredLayer {
        LoweredLayer(
            PlainOperation(
                path: place.path, layer: self, outputShape: outputShape,
                parameters: parameters(place), keptCount: keptCount(input: place.input),
                random: LayerRandom(seed: lowering.seed, layer: place.number)))
    }
}
