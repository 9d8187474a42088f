import OneDNN
import Settings

/// max(0, x)
public struct ReLU: Activation {
    public static let name = "relu"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public var function: ElementwiseFunction { .relu }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Relu", [input], at: place)
    }
}

/// The hyperbolic tangent.
public struct Tanh: Activation {
    public static let name = "tanh"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public var function: ElementwiseFunction { .tanh }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Tanh", [input], at: place)
    }
}

/// 1 / (1 + e⁻ˣ)
public struct Sigmoid: Activation {
    public static let name = "sigmoid"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public var function: ElementwiseFunction { .sigmoid }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        graph.add("Sigmoid", [input], at: place)
    }
}

extension ElementwiseFunction {
    static let relu = Self(name: ReLU.name, .relu)
    static let tanh = Self(name: Tanh.name, .tanh)
    static let sigmoid = Self(name: Sigmoid.name, .logistic)
}
