import Settings

/// Groups of channels of each sample to mean 0 and variance 1, then times a weight and plus a bias, both `[C]` (Wu, He, ECCV
/// 2018; PyTorch's `GroupNorm`).
public struct GroupNormalization: LayerSpecification {
    public static let name = "groupNormalization"

    public var groups = 0
    public var epsilon = 1e-5

    public init() {}

    public init(groups: Int, epsilon: Double = 1e-5) {
        self.groups = groups
        self.epsilon = epsilon
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "groups", \.groups, .size, expected: "the number of groups",
            "parts that the channels are cut into, each with a mean and a variance of its own"
        ).asShortForm,
        .epsilon(\.epsilon),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard input[0] % groups == 0 else {
            throw SpecificationError("expected groups that divide \(input[0]) channels, found \(groups)")
        }
        return input
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [.scale([place.input[0]]), .bias([place.input[0]])]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(
            GroupNormalizationLayer(
                path: place.path, summary: "normalization of \(groups) groups", groups: groups, epsilon: epsilon,
                parameters: parameters(place)))
    }

    /// By the normalization of instances that are the groups: the operator of this name is younger than the set.
    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        func constant(_ name: String, _ values: [Int]) -> String { graph.constant("\(place.path).\(name)", values) }
        let parted = graph.add("Reshape", [input, constant("parted", [0, groups, -1])], at: place)
        let units = [("ones", Float(1)), ("zeros", 0)].map {
            graph.constant("\(place.path).\($0.0)", Array(repeating: $0.1, count: groups), shape: [groups])
        }
        let normalized = graph.add(
            "InstanceNormalization", [parted] + units, [("epsilon", .real(epsilon))], at: place)
        let whole = graph.add("Reshape", [normalized, constant("whole", [0] + place.input)], at: place)
        let shape = constant("channels", [place.input[0]] + place.input.dropFirst().map { _ in 1 })
        var factors: [String] = []
        for parameter in try graph.parameters(of: self, at: place) {
            factors.append(graph.add("Reshape", [parameter, shape], at: place))
        }
        return graph.add("Add", [graph.add("Mul", [whole, factors[0]], at: place), factors[1]], at: place)
    }
}

/// Each channel of each sample to mean 0 and variance 1 over its pixels, then times a weight and plus a bias, both `[C]`
/// (Ulyanov, Vedaldi, Lempitsky, arXiv:1607.08022; PyTorch's `InstanceNorm2d` with `affine`).
public struct InstanceNormalization: LayerSpecification {
    public static let name = "instanceNormalization"

    public var epsilon = 1e-5

    public init() {}

    public init(epsilon: Double) {
        self.epsilon = epsilon
    }

    public static let settings: [Setting<Self>] = [.epsilon(\.epsilon)]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard input.dropFirst().reduce(1, *) > 1 else {
            throw SpecificationError("expected an input [C, H, W] of more than one pixel, found \(input)")
        }
        return input
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [.scale([place.input[0]]), .bias([place.input[0]])]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(
            GroupNormalizationLayer(
                path: place.path, summary: "instance normalization", groups: place.input[0], epsilon: epsilon,
                parameters: parameters(place)))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let inputs = [input] + (try graph.parameters(of: self, at: place))
        return graph.add("InstanceNormalization", inputs, [("epsilon", .real(epsilon))], at: place)
    }
}
