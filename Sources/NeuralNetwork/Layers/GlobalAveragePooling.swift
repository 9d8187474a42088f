import Settings

/// `[N, C, H, W]` → `[N, C, 1, 1]`, and so of signals and volumes: the mean of each channel.
public struct GlobalAveragePooling: LayerSpecification {
    public static let name = "globalAveragePooling"
    public static let settings: [Setting<Self>] = []
    /// A shape of two dimensions is of channels here.
    public var keepsPositions: Bool { false }

    public init() {}

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectMap(input)
        return [input[0]] + input.dropFirst().map { _ in 1 }
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        LoweredLayer(
            PoolingLayer(
                path: place.path, kind: .average, window: Window(whole: place.input),
                outputShape: try outputShape(input: place.input)))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("GlobalAveragePool", [input], at: place)
    }
}
