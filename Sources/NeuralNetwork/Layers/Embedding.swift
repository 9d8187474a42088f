import CKernels
import OneDNN
import Settings

/// `[N, L]` token numbers → `[N, L, features]`: each token's row of a weight `[tokens, features]` (PyTorch's `Embedding`). The first
/// layer of a network. Positions of the padding are 0, and layers behind leave them out.
public struct Embedding: LayerSpecification {
    public static let name = "embedding"

    public var tokens = 0
    public var features = 0
    /// The token that fills sequences up; nil for none.
    public var padding: Int?

    public init() {}

    public init(tokens: Int, features: Int, padding: Int? = nil) {
        self.tokens = tokens
        self.features = features
        self.padding = padding
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "tokens", \.tokens, .from(1, through: 1 << 24), expected: "the number of tokens",
            "tokens that there are; samples are numbers from 0 to one less"),
        .init(
            required: "features", \.features, .size, expected: "the number of features",
            "numbers that stand for a token"),
        .init(
            "padding", \.padding, .from(0, through: 1 << 24),
            "token that fills short sequences up, which attention and pooling leave out"),
    ]

    public var contradiction: Contradiction? {
        guard let padding, padding >= tokens else { return nil }
        return Contradiction("padding", "expected one of the tokens 0 to \(tokens - 1), found \(padding)")
    }

    public var rowIndices: RowIndices? { .tokens(tokens) }
    public var favorsAdaptiveRates: Bool { true }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        guard input.count == 1 else { throw SpecificationError("expected token numbers [L], found \(input)") }
        return [input[0], features]
    }

    /// Normal with variance 1, as PyTorch's: as large as what a normalization gives, and as sinusoidal positions, so that blocks behind
    /// see token and position alike. Not decayed: most rows have no gradient in a step, and would fade.
    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let initialValue: InitialValue =
            if let padding {
                .normalRows(standardDeviation: 1, width: features, zeroRow: padding)
            } else { .normal(standardDeviation: 1) }
        return [LayerParameter("weight", shape: [tokens, features], isDecayed: false, initialValue: initialValue)]
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(EmbeddingLayer(path: place.path, specification: self, parameter: parameters(place)[0]))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        let weight = try graph.parameters(of: self, at: place)[0]
        let numbers = graph.add("Cast", [input], [("to", .integer(7))], at: place)
        let rows = graph.add("Gather", [weight, numbers], at: place)
        guard let padding else { return rows }
        let isPadding = graph.add(
            "Equal", [input, graph.constant("\(place.path).padding", [Float(padding)])], at: place)
        let mask = graph.add(
            "Cast", [graph.add("Not", [isPadding], at: place)], [("to", .integer(1))], at: place)
        let column = graph.add("Unsqueeze", [mask, graph.constant("\(place.path).axis", [2])], at: place)
        let output = graph.add("Mul", [rows, column], at: place)
        graph.setMask(mask, of: output)
        return output
    }
}

/// Looks rows up, and makes the mask of the padding.
struct EmbeddingLayer: Layer {
    let path: String
    let specification: Embedding
    let parameter: LayerParameter

    var summary: String { "embedding of \(specification.tokens) tokens" }
    var takesNumbers: Bool { true }
    var givesSequence: Bool { true }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        let positions = input.shape[0]
        let weight = try plan.parameter(
            parameter, of: path, layout: try MemoryDescriptor(plain: parameter.shape))
        var output = try plan.kernelResult([positions, specification.features], needsGradient: true)
        let mask =
            specification.padding == nil
            ? nil : plan.tensor(try MemoryDescriptor(plain: [plan.batch, positions]))
        let shape = kernels_embedding(
            rows: Int64(plan.batch * positions), tokens: Int64(specification.tokens),
            features: Int64(specification.features), padding: Int64(specification.padding ?? -1))
        plan.add(label(.forward), uses: [input.tensor, output.tensor] + (mask.map { [$0] } ?? [])) {
            [tensor = output.tensor] addresses in
            let (numbers, result) = (input.tensor.floats(addresses), tensor.floats(addresses))
            let (rows, mask) = (weight.value.floats(addresses), mask?.floats(addresses))
            return KernelStep { kernels_embed(shape, result, mask, numbers, rows) }
        }
        plan.addBackward { [map = output] in
            let gradient = plan.gradient(of: map, layer: path)
            plan.add(label(.backward), uses: [input.tensor, gradient]) { addresses in
                let (numbers, gradient) = (input.tensor.floats(addresses), gradient.floats(addresses))
                let rows = weight.gradient.floats(addresses)
                return KernelStep { kernels_embedding_gradient(shape, rows, numbers, gradient) }
            }
            guard input.needsGradient else { return }
            // Numbers of tokens have no slope.
            let target = plan.newGradient(of: input)
            plan.add(label(.backward), uses: [target]) { addresses in
                let (target, count) = (target.floats(addresses), target.layout.floatCount)
                return KernelStep { target.update(repeating: 0, count: count) }
            }
        }
        output = try plan.inNetworkPrecision(output, layer: path)
        output.mask = mask
        return output
    }

    private func label(_ pass: StepLabel.Pass) -> StepLabel {
        StepLabel(layer: path, pass: pass, implementation: "rows", multiplyAdds: 0)
    }
}
