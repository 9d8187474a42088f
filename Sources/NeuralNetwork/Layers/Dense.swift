import OneDNN
import Settings

/// `[N, …]` → `[N, units]`: each sample flattened, times a weight `[units, features]`, plus a bias `[units]`. Over channels,
/// `[N, C, H, W]` → `[N, units, H, W]`: each pixel times a weight `[units, C]`.
public struct Dense: LayerSpecification {
    public static let name = "dense"
    /// Over channels a shape of two dimensions is of those.
    public var keepsPositions: Bool { false }

    public var units = 0
    public var over = FeatureScope.sample
    public var bias = true
    /// Nil: He before a ReLU, else Glorot.
    public var initializer: Initializer?

    public init() {}

    public init(units: Int, over: FeatureScope = .sample, bias: Bool = true, initializer: Initializer? = nil) {
        self.units = units
        self.over = over
        self.bias = bias
        self.initializer = initializer
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "units", \.units, .atLeast(1), expected: "the number of units",
            "numbers that come out of a sample"
        ).asShortForm,
        .over(\.over, "multiplied and summed"),
        .bias(\.bias),
        .initializer(\.initializer, heBefore: "a ReLU"),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard NetworkSpecification.isFeasible(input + [units]) else {
            throw SpecificationError("expected at most 2^32 weights, found \(units) units on \(input)")
        }
        guard over == .channels else { return [units] }
        try SpecificationError.expectMap(input)
        return [units] + input.dropFirst()
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let features = over == .channels ? place.input[0] : place.input.reduce(1, *)
        let initializer = initializer ?? (place.following is ReLU ? .he : .glorot)
        return [.weight([units, features], .random(initializer, fanIn: features, fanOut: units))]
            + (bias ? [.bias([units])] : [])
    }

    /// Over channels a convolution 1 × 1 with the weights in two dimensions.
    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        let parameters = WeightAndBias(parameters(place))
        guard over == .channels else {
            return LoweredLayer(DenseLayer(path: place.path, units: units, parameters: parameters))
        }
        return LoweredLayer(try Convolution(channels: units, kernel: 1, bias: bias).layer(at: place, parameters))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        if over == .channels {
            var inputs = [input] + (try graph.parameters(of: self, at: place))
            let sizes = [units, place.input[0]] + place.input.dropFirst().map { _ in 1 }
            let shape = graph.constant("\(place.path).shape", sizes)
            inputs[1] = graph.add("Reshape", [inputs[1], shape], at: place)
            return graph.add("Conv", inputs, at: place)
        }
        let vectors = place.input.count == 1 ? input : Flatten().exported(place, input: input, to: &graph)
        let inputs = [vectors] + (try graph.parameters(of: self, at: place))
        return graph.add("Gemm", inputs, [("transB", .integer(1))], at: place)
    }
}

/// y = f(x Wᵀ + b) for x `[N, features]`, W `[units, features]`, b `[units]`: the kernels of `CKernels` where
/// ``PanelProduct/isChosen(_:)``, else oneDNN's inner product, with the activation f, if any, fused as a post-op.
///
/// For oneDNN a map `[N, C, H, W]` is taken in its blocks, with weights laid out to match, where oneDNN has fast code for that; its
/// gemm, which wants other layouts of the weights forward than backward, costs more than flattening the map.
struct DenseLayer: FreelyActivatedLayer {
    let path: String
    let units: Int
    let parameters: WeightAndBias
    var activation: ElementwiseFunction?

    var summary: String {
        "dense \(units)" + (activation.map { " + \($0)" } ?? "")
    }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let output = plan.featureMap(
            try MemoryDescriptor(plain: [plan.batch, units], plan.options.precision), shape: [units],
            needsGradient: true)
        if PanelProduct.isChosen(plan.options) {
            let source = try plan.vector(input, layer: path)
            try PanelProduct(path: path, parameters: parameters, activation: activation)
                .add(to: plan, input: source, output: output)
            return output
        }
        let layout = input.tensor.layout
        let source = layout.isPlain || layout.isInSampleBlocks ? try plan.vector(input, layer: path) : input
        let operation = try operation(plan, source, output)
        let forward = try operation.passes.forward(
            source.tensor.layout,
            try MemoryDescriptor(anyLayout: operation.passes.weightShape, plan.options.precision), fusing: [])
        if forward.isReference || forward.isMatrixMultiplication, !source.tensor.layout.isPlain {
            let flat = try plan.vector(input, layer: path)
            try self.operation(plan, flat, output).add(
                to: plan, input: flat, output: output, activation: activation)
        } else {
            try operation.add(to: plan, input: source, output: output, activation: activation)
        }
        return output
    }

    private func operation(_ plan: PlanBuilder, _ input: FeatureMap, _ output: FeatureMap) throws -> WeightedOperation {
        WeightedOperation(
            layer: path, parameters: parameters,
            passes: InnerProductPasses(
                weightShape: [units] + input.tensor.layout.shape.dropFirst(),
                bias: parameters.bias == nil ? nil : try MemoryDescriptor(plain: [units]),
                destination: output.tensor.layout, engine: plan.engine,
                purpose: "a dense layer \(input.tensor.layout.shape) to \(output.tensor.layout.shape)"),
            multiplyAdds: multiplyAdds([plan.batch, units, input.featureCount]))
    }
}
