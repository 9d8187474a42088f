import OneDNN
import Settings

/// log(1 + eˣ)
public struct Softplus: Activation {
    public static let name = "softplus"
    public static let settings: [Setting<Self>] = []

    public init() {}

    /// The derivative is computed from the argument, as oneDNN has it.
    public var function: ElementwiseFunction { .init(name: Self.name, .softplus) }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Softplus", [input], at: place)
    }
}
