import OneDNN
import Settings

/// Each sample to mean 0 and variance 1 over all its features, then times a weight and plus a bias of the sample's shape (Ba,
/// Kiros, Hinton, arXiv:1607.06450; PyTorch's `LayerNorm` of the whole sample shape); of a sequence `[L, E]` each position over its
/// features, with a weight and a bias `[E]`. Or each pixel of a map over its channels, with a weight and a bias `[C]`, as in ConvNeXt
/// (Liu et al., CVPR 2022).
public struct LayerNormalization: LayerSpecification {
    public static let name = "layerNormalization"

    public var over = FeatureScope.sample
    public var epsilon = 1e-5

    public init() {}

    public init(over: FeatureScope = .sample, epsilon: Double = 1e-5) {
        self.over = over
        self.epsilon = epsilon
    }

    public static let settings: [Setting<Self>] = [.over(\.over, "normalized together"), .epsilon(\.epsilon)]

    public var favorsAdaptiveRates: Bool { true }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] { try over.outputShape(input: input) }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let shape = over.shape(in: place.input)
        return [.scale(shape), .bias(shape)]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        guard over == .sample else {
            return LoweredLayer(
                ChannelNormalizationLayer(
                    path: place.path, summary: "layer normalization of channels", over: over, isCentered: true,
                    epsilon: Float(epsilon), parameters: parameters(place)))
        }
        return LoweredLayer(
            LayerNormalizationLayer(path: place.path, epsilon: Float(epsilon), parameters: parameters(place)))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        func normalized(_ value: String, axis: Int) throws(SpecificationError) -> String {
            let inputs = [value] + (try graph.parameters(of: self, at: place))
            return graph.add(
                "LayerNormalization", inputs, [("axis", .integer(axis)), ("epsilon", .real(epsilon))], at: place)
        }
        guard over == .channels else {
            return try normalized(input, axis: place.input.count == 2 ? 2 : 1)
        }
        // The operator normalizes over the last dimensions.
        let rank = place.input.count
        let toLast = graph.add("Transpose", [input], [("perm", .integers([0] + (2..<rank + 1) + [1]))], at: place)
        let toFirst = ONNXGraph.Attribute.integers([0, rank] + (1..<rank))
        return graph.add("Transpose", [try normalized(toLast, axis: rank)], [("perm", toFirst)], at: place)
    }
}

/// Each sample or position to mean 0 and variance 1 over its features, times a weight, plus a bias: oneDNN's layer normalisation on
/// `[N, features]` or `[N · L, E]`.
struct LayerNormalizationLayer: Layer {
    let path: String
    let epsilon: Float
    /// Factor and addend of each feature.
    let parameters: [LayerParameter]

    var summary: String { "layer normalization" }
    var givesSequence: Bool { true }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let isSequence = input.shape.count == 2
        let source = isSequence ? try plan.rows(input, layer: path) : try plan.vector(input, layer: path)
        let rows = source.tensor.layout.shape
        let vectors = try MemoryDescriptor(plain: [rows[1]])
        let weight = try plan.parameter(parameters[0], of: path, layout: vectors)
        let bias = try plan.parameter(parameters[1], of: path, layout: vectors)
        let output = FeatureMap(
            shape: source.shape, tensor: plan.tensor(source.tensor.layout), needsGradient: plan.mode == .training)
        let statistics = try MemoryDescriptor(plain: [rows[0]])
        let (mean, variance) = (plan.tensor(statistics), plan.tensor(statistics))
        let passes = LayerNormalizationPasses(
            source.tensor.layout, statistics: statistics, epsilon: epsilon, engine: plan.engine,
            purpose: "layer normalization of \(source.tensor.layout.shape)")
        let forward = try passes.forward()
        plan.add(
            forward,
            [
                (.source, source.tensor), (.destination, output.tensor), (.mean, mean),
                (.variance, variance), (.scale, weight.value), (.shift, bias.value),
            ], layer: path, .forward)

        plan.addBackward {
            let backward = try passes.backward(forward)
            let gradient = plan.gradient(of: output, layer: path)
            // The primitive gives all gradients at once, whether that of the input is of use or not.
            let inputGradient =
                source.needsGradient ? plan.newGradient(of: source) : plan.tensor(source.tensor.layout)
            plan.add(
                backward,
                [
                    (.source, source.tensor), (.destinationGradient, gradient), (.mean, mean),
                    (.variance, variance), (.scale, weight.value), (.shift, bias.value),
                    (.sourceGradient, inputGradient), (.scaleGradient, weight.gradient),
                    (.shiftGradient, bias.gradient),
                ], layer: path, .backward)
        }
        if isSequence { return try output.sequence(ofBatch: plan.batch) }
        guard input.shape.count > 1 else { return output }
        let map = output.viewed(
            as: try MemoryDescriptor(plain: [plan.batch] + input.shape, plan.options.precision), shape: input.shape)
        return try plan.blocked(map, layer: path)
    }
}
