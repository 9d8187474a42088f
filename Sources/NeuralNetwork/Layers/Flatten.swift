import Settings

/// `[N, C, H, W]` → `[N, C · H · W]`, and so of signals and volumes. A dense layer flattens its input also without it; it counts as a layer, so that the
/// numbers in the names of parameters are those of PyTorch's `Sequential`.
public struct Flatten: LayerSpecification {
    public static let name = "flatten"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public func outputShape(input: [Int]) -> [Int] { [input.reduce(1, *)] }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(FlattenLayer(path: place.path))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Flatten", [input], [("axis", .integer(1))], at: place)
    }
}

/// Says that a map is from now on a vector; nothing moves, since what follows takes the map in its blocks.
struct FlattenLayer: Layer {
    let path: String

    var summary: String { "flatten" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        input.viewed(as: [input.featureCount])
    }
}
