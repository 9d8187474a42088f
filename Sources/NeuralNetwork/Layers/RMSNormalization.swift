import Settings

/// Each sample, position of a sequence or pixel of a map, divided by the root of its mean square, then times a weight (Zhang, Sennrich, NeurIPS
/// 2019; PyTorch's `RMSNorm`, whose ε for float32 is the default here).
public struct RMSNormalization: LayerSpecification {
    public static let name = "rmsNormalization"

    public var over = FeatureScope.sample
    public var epsilon = 0x1p-23

    public init() {}

    public init(over: FeatureScope = .sample, epsilon: Double = 0x1p-23) {
        self.over = over
        self.epsilon = epsilon
    }

    public static let settings: [Setting<Self>] = [.over(\.over, "normalized together"), .epsilon(\.epsilon)]

    public var favorsAdaptiveRates: Bool { true }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] { try over.outputShape(input: input) }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] { [.scale(over.shape(in: place.input))] }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(
            ChannelNormalizationLayer(
                path: place.path, summary: "RMS normalization", over: over, isCentered: false, epsilon: Float(epsilon),
                parameters: parameters(place)))
    }

    /// In elementary nodes: the operator of this name is younger than the set.
    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let rank = place.input.count
        let axes = over == .channels ? [1] : rank == 2 ? [2] : Array(1...rank)
        let square = graph.add("Mul", [input, input], at: place)
        let mean = graph.add("ReduceMean", [square], [("axes", .integers(axes))], at: place)
        let addend = graph.constant("\(place.path).epsilon", [Float(epsilon)])
        let root = graph.add("Sqrt", [graph.add("Add", [mean, addend], at: place)], at: place)
        let normalized = graph.add("Div", [input, root], at: place)
        var weight = try graph.parameters(of: self, at: place)[0]
        if over == .channels {
            let shape = [place.input[0]] + place.input.dropFirst().map { _ in 1 }
            weight = graph.add("Reshape", [weight, graph.constant("\(place.path).shape", shape)], at: place)
        }
        return graph.add("Mul", [normalized, weight], at: place)
    }
}
