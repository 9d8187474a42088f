import Settings

/// `[N, C, H, W]` → `[N, C, 1, 1]`: the largest value of each channel, the first of equal ones.
public struct GlobalMaxPooling: LayerSpecification {
    public static let name = "globalMaxPooling"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        let most = PoolingLayer.mostPlacesOfMaximum
        guard max(input[1], input[2]) <= most else {
            throw SpecificationError("expected an input of at most \(most) × \(most), found \(input)")
        }
        return [input[0], 1, 1]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        let (channels, height, width) = (place.input[0], place.input[1], place.input[2])
        func maximum(_ kernel: Extent, _ outputShape: [Int]) -> PoolingLayer {
            PoolingLayer(
                path: place.path, kind: .max, kernel: kernel, stride: kernel, padding: 0, outputShape: outputShape)
        }
        if height * width <= PoolingLayer.mostPlacesOfMaximum {
            return LoweredLayer(maximum(.init(height: height, width: width), [channels, 1, 1]))
        }
        return LoweredLayer(
            MaximumOfMaxima(
                ofRow: maximum(.init(height: 1, width: width), [channels, height, 1]),
                ofColumn: maximum(.init(height: height, width: 1), [channels, 1, 1])))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("GlobalMaxPool", [input], at: place)
    }
}

/// The maximum of a window with more places than are counted, as that of its rows' maxima.
struct MaximumOfMaxima: Layer {
    let ofRow, ofColumn: PoolingLayer

    var path: String { ofColumn.path }
    var summary: String { "max pooling \(ofColumn.kernel.height) × \(ofRow.kernel.width)" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        try ofColumn.prepare(in: plan, input: try ofRow.prepare(in: plan, input: input))
    }
}
