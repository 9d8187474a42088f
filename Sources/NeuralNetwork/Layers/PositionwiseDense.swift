import OneDNN
import Settings

/// `[N, L, E]` → `[N, L, units]`: each position times a weight `[units, E]`, plus a bias `[units]` (the position-wise feed-forward
/// network of Vaswani et al., NeurIPS 2017, section 3.3, has two; PyTorch's `Linear` on sequences).
public struct PositionwiseDense: LayerSpecification {
    public static let name = "positionwiseDense"

    public var units = 0
    public var bias = true
    /// Nil: He before a ReLU, else Glorot.
    public var initializer: Initializer?

    public init() {}

    public init(units: Int, bias: Bool = true, initializer: Initializer? = nil) {
        self.units = units
        self.bias = bias
        self.initializer = initializer
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "units", \.units, .size, expected: "the number of units", "numbers that come out of a position"
        ).asShortForm,
        .bias(\.bias),
        .initializer(\.initializer, heBefore: "a ReLU"),
    ]

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        return [input[0], units]
    }

    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let features = place.input[1]
        let initializer = initializer ?? (place.following is ReLU ? .he : .glorot)
        return [.weight([units, features], .random(initializer, fanIn: features, fanOut: units))]
            + (bias ? [.bias([units])] : [])
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(
            PositionwiseDenseLayer(
                path: place.path, units: units, parameters: WeightAndBias(parameters(place))))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let tensors = try graph.parameters(of: self, at: place)
        return graph.linear(input, weight: tensors[0], bias: bias ? tensors[1] : nil, at: place)
    }
}

/// y = f(x Wᵀ + b) for the rows of x `[N · L, E]`, with the activation f, if any, fused.
struct PositionwiseDenseLayer: FreelyActivatedLayer {
    let path: String
    let units: Int
    let parameters: WeightAndBias
    var activation: ElementwiseFunction?

    var summary: String { "position-wise dense \(units)" + (activation.map { " + \($0)" } ?? "") }
    var givesSequence: Bool { true }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.rows(input, layer: path)
        let rows = plan.batch * input.shape[0]
        let output = plan.featureMap(
            try MemoryDescriptor(plain: [rows, units], plan.options.precision), shape: [input.shape[0], units],
            needsGradient: true)
        try InnerProduct(path: path, parameters: parameters, units: units)
            .add(to: plan, input: source, output: output, activation: activation)
        return try output.sequence(ofBatch: plan.batch)
    }
}

/// The product of rows `[rows, features]` with a weight `[units, features]`: the kernels of `CKernels` where
/// ``PanelProduct/isChosen(_:)``, else oneDNN's inner product.
struct InnerProduct {
    /// The layer's path.
    let path: String
    let parameters: WeightAndBias
    let units: Int

    func add(
        to plan: PlanBuilder, input: FeatureMap, output: FeatureMap, activation: ElementwiseFunction? = nil
    ) throws {
        if PanelProduct.isChosen(plan.options) {
            return try PanelProduct(path: path, parameters: parameters, activation: activation)
                .add(to: plan, input: input, output: output)
        }
        let (source, destination) = (input.tensor.layout, output.tensor.layout)
        let operation = WeightedOperation(
            layer: path, parameters: parameters,
            passes: InnerProductPasses(
                weightShape: [units, source.shape[1]],
                bias: parameters.bias == nil ? nil : try MemoryDescriptor(plain: [units]),
                destination: destination, engine: plan.engine,
                purpose: "a position-wise dense layer \(source.shape) to \(destination.shape)"),
            multiplyAdds: multiplyAdds([source.shape[0], units, source.shape[1]]))
        try operation.add(to: plan, input: input, output: output, activation: activation)
    }
}

extension ONNXGraph {
    /// Adds the product of each position with a weight `[units, features]`, and returns its name.
    mutating func linear(_ input: String, weight: String, bias: String?, at place: LayerPlace) -> String {
        let columns = add("Transpose", [weight], [("perm", .integers([1, 0]))], at: place)
        let product = add("MatMul", [input, columns], at: place)
        return bias.map { add("Add", [product, $0], at: place) } ?? product
    }
}
