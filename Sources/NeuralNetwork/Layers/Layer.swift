/// A layer of a network, prepared for each batch size that occurs.
protocol Layer {
    /// Place in the specification, for example "0" or "3.branch.0": what the names of its parameters begin with.
    var path: String { get }

    /// What it is, with what is fused into it, for tables.
    var summary: String { get }

    /// Adds the layer's operations to a plan and returns what comes out: the forward ones at once, the backward ones by
    /// `PlanBuilder.addBackward`.
    func prepare(in plan: PlanBuilder, input: FeatureMap) throws(DNNLError) -> FeatureMap
}
