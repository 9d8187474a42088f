import OneDNN
import Settings

/// min(max(0, x), 6) (Sandler et al., CVPR 2018).
public struct ReLU6: Activation {
    public static let name = "relu6"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public var function: ElementwiseFunction { .init(name: Self.name, .clip(low: 0, high: 6)) }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        let bounds = [("low", Float(0)), ("high", 6)].map { graph.constant("\(place.path).\($0.0)", [$0.1]) }
        return graph.add("Clip", [input] + bounds, at: place)
    }
}
