import CKernels
import OneDNN
import Settings

/// `[N, L, E]` → `[N, E]`: the mean over the positions, without those of padding; 0 where all are padding.
public struct MeanPooling: LayerSpecification {
    public static let name = "meanPooling"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        return [input[1]]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(PositionPoolingLayer(path: place.path, query: nil))
    }

    public func exported(_ place: LayerPlace, input: String, to graph: inout ONNXGraph) -> String {
        guard let mask = graph.mask(of: input) else {
            return graph.add(
                "ReduceMean", [input], [("axes", .integers([1])), ("keepdims", .integer(0))], at: place)
        }
        let axis = graph.constant("\(place.path).axis", [1])
        let count = graph.add("ReduceSum", [mask, axis], [("keepdims", .integer(1))], at: place)
        let one = graph.constant("\(place.path).one", [Float(1)])
        let weights = graph.add("Div", [mask, graph.add("Max", [count, one], at: place)], at: place)
        return graph.weightedSum(input, weights: weights, at: place)
    }
}

/// `[N, L, E]` → `[N, E]`: the mean over the positions, weighted by the softmax of their products with a learned query `[E]` over √E,
/// without those of padding: attention of one head that is given its query. 0 where all positions are padding.
public struct AttentionPooling: LayerSpecification {
    public static let name = "attentionPooling"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        return [input[1]]
    }

    /// 0, which weights all positions alike.
    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        [LayerParameter("query", shape: [place.input[1]], isDecayed: false, initialValue: .zero)]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(PositionPoolingLayer(path: place.path, query: parameters(place)[0]))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let query = try graph.parameters(of: self, at: place)[0]
        let scale = graph.constant("\(place.path).scale", [1 / Float(place.input[1]).squareRoot()])
        var scores = graph.add("Mul", [graph.add("MatMul", [input, query], at: place), scale], at: place)
        let mask = graph.mask(of: input)
        if let mask { scores = graph.masked(scores, mask, at: place) }
        var weights = graph.add("Softmax", [scores], [("axis", .integer(1))], at: place)
        if let mask { weights = graph.add("Mul", [weights, mask], at: place) }
        return graph.weightedSum(input, weights: weights, at: place)
    }
}

extension ONNXGraph {
    /// Adds the sum over the positions of `[N, L, E]`, weighted by `[N, L]`.
    fileprivate mutating func weightedSum(_ input: String, weights: String, at place: LayerPlace) -> String {
        let axis = constant("\(place.path).axis of rows", [1])
        let row = add("Unsqueeze", [weights, axis], at: place)
        return add("Squeeze", [add("MatMul", [row, input], at: place), axis], at: place)
    }

    /// Scores, far below all others where the mask is 0. Where it is 0 throughout, their softmax is not: the product with the mask is.
    mutating func masked(_ scores: String, _ mask: String, at place: LayerPlace) -> String {
        let (one, far) = (constant("\(place.path).seen", [Float(1)]), constant("\(place.path).far", [Float(-1e30)]))
        let unseen = add("Mul", [add("Sub", [one, mask], at: place), far], at: place)
        return add("Add", [scores, unseen], at: place)
    }
}

/// A weighted mean over positions.
struct PositionPoolingLayer: Layer {
    let path: String
    /// Nil for equal weights.
    let query: LayerParameter?

    var summary: String { query == nil ? "mean over positions" : "attention over positions" }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let source = try plan.sequence(input, .float32, layer: path)
        let shape = kernels_sequences(batch: plan.batch, shape: input.shape)
        let query = try query.map {
            try plan.parameter($0, of: path, layout: try MemoryDescriptor(plain: [input.shape[1]]))
        }
        let output = try plan.kernelResult(
            [input.shape[1]], needsGradient: source.needsGradient || query != nil)
        let weights = plan.tensor(try MemoryDescriptor(plain: [plan.batch, input.shape[0]]))
        let mask = source.mask
        plan.add(label(.forward), uses: [source.tensor, output.tensor, weights] + (mask.map { [$0] } ?? [])) {
            addresses in
            let (from, to) = (source.tensor.floats(addresses), output.tensor.floats(addresses))
            let (weights, mask) = (weights.floats(addresses), mask?.floats(addresses))
            let query = query?.value.floats(addresses)
            return KernelStep {
                if let query {
                    kernels_query_weights(shape, weights, from, query, mask)
                } else {
                    kernels_mean_weights(shape, weights, mask)
                }
                kernels_weighted_sum(shape, to, from, weights)
            }
        }
        if output.needsGradient {
            plan.addBackward { addBackward(to: plan, source, output, weights, query, shape) }
        }
        return try plan.inNetworkPrecision(output, layer: path)
    }

    private func addBackward(
        to plan: PlanBuilder, _ source: FeatureMap, _ output: FeatureMap, _ weights: PlanTensor,
        _ query: ParameterTensors?, _ shape: kernels_sequences
    ) {
        let gradient = plan.gradient(of: output, layer: path)
        let target = source.needsGradient ? plan.newGradient(of: source) : nil
        plan.add(label(.backward), uses: [source.tensor, gradient, weights] + (target.map { [$0] } ?? [])) {
            addresses in
            let (from, gradient) = (source.tensor.floats(addresses), gradient.floats(addresses))
            let (weights, target) = (weights.floats(addresses), target?.floats(addresses))
            let tensors = query.map { ($0.value.floats(addresses), $0.gradient.floats(addresses)) }
            return KernelStep {
                if let (value, queryGradient) = tensors {
                    kernels_query_gradient(shape, target, queryGradient, gradient, from, weights, value)
                } else if let target {
                    kernels_weighted_sum_gradient(shape, target, gradient, weights)
                }
            }
        }
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "weighted sum", multiplyAdds: 0)
    }
}

extension kernels_sequences {
    /// - Parameter shape: `[L, E]`.
    init(batch: Int, shape: [Int]) {
        self.init(samples: Int64(batch), positions: Int64(shape[0]), features: Int64(shape[1]))
    }
}
