/// Says that a map is from now on a vector; nothing moves, since what follows takes the map in its blocks.
struct FlattenLayer: Layer {
    let path: String

    var summary: String { "flatten" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws(DNNLError) -> FeatureMap {
        input.viewed(as: [input.featureCount])
    }
}
