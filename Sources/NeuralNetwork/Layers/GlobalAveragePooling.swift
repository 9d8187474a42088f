import Settings

/// `[N, C, H, W]` → `[N, C, 1, 1]`: the mean of each channel.
public struct GlobalAveragePooling: LayerSpecification {
    public static let name = "globalAveragePooling"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        return [input[0], 1, 1]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        let whole = Extent(height: place.input[1], width: place.input[2])
        return LoweredLayer(
            PoolingLayer(
                path: place.path, kind: .average, kernel: whole, stride: whole, padding: 0,
                outputShape: [place.input[0], 1, 1]))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("GlobalAveragePool", [input], at: place)
    }
}
