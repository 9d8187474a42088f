/// A layer of a network, prepared for each batch size that occurs.
protocol Layer {
    /// Place in the specification, for example "0" or "3.branch.0": what the names of its parameters begin with.
    var path: String { get }

    /// What it is, with what is fused into it, for tables.
    var summary: String { get }

    /// Adds the layer's operations to a plan and returns what comes out: the forward ones at once, the backward ones by
    /// `PlanBuilder.addBackward`.
    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap

    /// True of one that takes token numbers: the samples as they are, in float32 whatever the network's precision.
    var takesNumbers: Bool { get }

    /// True where the shape `[L, E]` that comes out is a sequence, features last, and not a signal of channels.
    var givesSequence: Bool { get }

    /// True where position i behind it is position i in front of it, so that a mask of them stays.
    var keepsPositions: Bool { get }
}

extension Layer {
    var takesNumbers: Bool { false }
    var givesSequence: Bool { false }
    var keepsPositions: Bool { true }
}

/// A layer that an activation behind it can be computed with.
protocol ActivatedLayer: Layer {
    /// The layer with `function` behind it; nil where it has one already or cannot take this one.
    func fusing(_ function: ElementwiseFunction) -> (any Layer)?
}

/// A layer that takes a ReLU, or one with an upper bound.
protocol RectifiedLayer: ActivatedLayer {
    /// Applied to what comes out.
    var rectifier: ElementwiseFunction? { get set }
}

extension RectifiedLayer {
    /// The bound, infinite for a ReLU; 0 without one, as kernels have it.
    var highest: Float { rectifier?.highestOfRectified ?? 0 }

    func fusing(_ function: ElementwiseFunction) -> (any Layer)? {
        guard rectifier == nil, function.highestOfRectified != nil else { return nil }
        var layer = self
        layer.rectifier = function
        return layer
    }
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
