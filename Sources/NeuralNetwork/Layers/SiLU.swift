import OneDNN
import Settings

/// x / (1 + e⁻ˣ), also called swish (Elfwing, Uchibe, Doya, Neural Networks 107, 2018).
public struct SiLU: Activation {
    public static let name = "silu"
    public static let settings: [Setting<Self>] = []

    public init() {}

    /// The derivative is computed from the argument: two arguments may have one result.
    public var function: ElementwiseFunction { .init(name: Self.name, .swish) }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Mul", [input, graph.add("Sigmoid", [input], at: place)], at: place)
    }
}
