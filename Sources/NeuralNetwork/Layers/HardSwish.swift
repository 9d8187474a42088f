import OneDNN
import Settings

/// x · min(max(x + 3, 0), 6) / 6 (Howard et al., ICCV 2019, section 5.2).
public struct HardSwish: Activation {
    public static let name = "hardSwish"
    public static let settings: [Setting<Self>] = []

    public init() {}

    /// The derivative is computed from the argument: two arguments may have one result.
    public var function: ElementwiseFunction { .init(name: Self.name, .hardSwish) }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("HardSwish", [input], at: place)
    }
}
