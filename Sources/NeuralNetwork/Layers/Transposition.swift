import OneDNN
import Settings

/// `[N, L, E]` → `[N, E, L]`: positions become features and features positions, so that a layer behind mixes positions (Tolstikhin et
/// al., "MLP-Mixer", NeurIPS 2021).
public struct Transposition: LayerSpecification {
    public static let name = "transposition"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public var keepsPositions: Bool { false }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        return [input[1], input[0]]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(TranspositionLayer(path: place.path))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Transpose", [input], [("perm", .integers([0, 2, 1]))], at: place)
    }
}

/// A copy with the positions of a feature side by side.
struct TranspositionLayer: Layer {
    let path: String

    var summary: String { "transposition" }
    var givesSequence: Bool { true }
    var keepsPositions: Bool { false }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let (positions, features) = (input.shape[0], input.shape[1])
        let source = try plan.sequence(input, layer: path)
        let layout = try MemoryDescriptor(
            source.tensor.layout.shape, source.tensor.layout.dataType, strides: [positions * features, 1, positions])
        let turned = try plan.converted(source, to: layout, shape: input.shape, layer: path)
        var output = turned.viewed(
            as: try MemoryDescriptor(plain: [plan.batch, features, positions], plan.options.precision),
            shape: [features, positions])
        output.mask = nil
        return output
    }
}
