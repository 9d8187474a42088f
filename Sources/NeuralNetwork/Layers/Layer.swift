/// A layer of a network, prepared for each batch size that occurs.
protocol Layer {
    /// Place in the specification, for example "0" or "3.branch.0": what the names of its parameters begin with.
    var path: String { get }

    /// What it is, with what is fused into it, for tables.
    var summary: String { get }

    /// Adds the layer's operations to a plan and returns what comes out: the forward ones at once, the backward ones by
    /// `PlanBuilder.addBackward`.
    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap
}

/// A layer that an activation behind it can be computed with.
protocol ActivatedLayer: Layer {
    /// The layer with `function` behind it; nil where it has one already or cannot take this one.
    func fusing(_ function: ElementwiseFunction) -> (any Layer)?
}

/// A layer that takes any function whose derivative is found from its result.
protocol FreelyActivatedLayer: ActivatedLayer {
    /// Applied to what comes out.
    var activation: ElementwiseFunction? { get set }
}

extension FreelyActivatedLayer {
    func fusing(_ function: ElementwiseFunction) -> (any Layer)? {
        guard activation == nil, function.isDerivedFromResult else { return nil }
        var layer = self
        layer.activation = function
        return layer
    }
}
