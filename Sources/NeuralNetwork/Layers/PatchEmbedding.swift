import OneDNN
import Settings

/// `[N, C, H, W]` → `[N, L, features]`: each of the L patches of an image, row by row, times a weight `[features, C, patch, patch]`,
/// plus a bias: a convolution whose windows lie side by side (Dosovitskiy et al., ICLR 2021).
public struct PatchEmbedding: LayerSpecification {
    public static let name = "patchEmbedding"

    /// Height and width.
    public var patch: Extent = 1
    public var features = 0

    public init() {}

    public init(patch: Extent, features: Int) {
        self.patch = patch
        self.features = features
    }

    public static let settings: [Setting<Self>] = [
        .init(
            extent: "patch", \.patch, .size, expected: "the size of a patch such as 4 or [4, 8]",
            "height and width of a patch, one number or two; divide those of the image"),
        .init(
            required: "features", \.features, .size, expected: "the number of features",
            "numbers that stand for a patch"),
    ]

    private var convolution: Convolution {
        Convolution(channels: features, kernel: patch, stride: patch, padding: 0)
    }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard input.count == 3 else { throw SpecificationError("expected an image [C, H, W], found \(input)") }
        let map = try convolution.outputShape(input: input)
        let sides = patch.along(2)
        guard input[1] % sides[0] == 0, input[2] % sides[1] == 0 else {
            throw SpecificationError("expected a patch that divides the size of \(input), found \(patch)")
        }
        return [map[1] * map[2], map[0]]
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] { convolution.parameters(place) }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            PatchEmbeddingLayer(
                path: place.path, convolution: try convolution.lowered(place, &lowering).layer,
                outputShape: try outputShape(input: place.input)))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let map = try convolution.exported(place, input: input, to: &graph)
        let shape = try outputShape(input: place.input)
        // 0 keeps the number of samples.
        let rows = graph.add(
            "Reshape", [map, graph.constant("\(place.path).shape", [0, shape[1], shape[0]])], at: place)
        return graph.add("Transpose", [rows], [("perm", .integers([0, 2, 1]))], at: place)
    }
}

/// A convolution whose channels lie together, which is a sequence of its pixels.
struct PatchEmbeddingLayer: Layer {
    let path: String
    let convolution: any Layer
    /// `[L, E]`
    let outputShape: [Int]

    var summary: String { "patches, \(convolution.summary)" }
    var givesSequence: Bool { true }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let map = try convolution.prepare(in: plan, input: input)
        let flat = try plan.converted(map, to: try plan.channelsLast(map.shape), shape: map.shape, layer: path)
        return flat.viewed(
            as: try MemoryDescriptor(plain: [plan.batch] + outputShape, plan.options.precision), shape: outputShape)
    }
}
