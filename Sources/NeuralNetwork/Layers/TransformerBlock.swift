import Settings

/// `[N, L, E]` → `[N, L, E]`: x + attention(normalized x), then x + feed-forward(normalized x), with GELU between the two products of
/// the latter: the block of Vaswani et al. (NeurIPS 2017) with the normalization in front (Xiong et al., ICML 2020), as GPT-2 and
/// vision transformers have it.
public struct TransformerBlock: LayerSpecification {
    public static let name = "transformerBlock"

    public var heads = 0
    public var hidden = 0
    public var dropout = 0.0
    public var causal = false
    public var rotary = false

    public init() {}

    public init(heads: Int, hidden: Int, dropout: Double = 0, causal: Bool = false, rotary: Bool = false) {
        self.heads = heads
        self.hidden = hidden
        self.dropout = dropout
        self.causal = causal
        self.rotary = rotary
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "heads", \.heads, .size, expected: "the number of heads",
            "heads of the attention; divides the features"),
        .init(
            required: "hidden", \.hidden, .size, expected: "the units of the feed-forward layer",
            "units between the two products of the feed-forward part"),
        .dropout(
            \.dropout,
            "probability that a value behind attention and products is dropped in training, and a position by attention"
        ),
        .init("causal", \.causal, "whether a position sees itself and those in front of it alone"),
        .init("rotary", \.rotary, "whether attention tells distances by turning queries and keys"),
    ]

    /// The kinds of layers; sizes are those for as many features as heads.
    public var inner: [(key: String, layers: [any LayerSpecification])] { inner(input: [1, heads]) }

    /// With dropout layers also where nothing is dropped, so that the names of parameters do not depend on it.
    public func inner(input: [Int]) -> [(key: String, layers: [any LayerSpecification])] {
        [
            (
                "attention",
                [
                    LayerNormalization(),
                    Attention(heads: heads, dropout: dropout, causal: causal, rotary: rotary),
                    Dropout(rate: dropout),
                ]
            ),
            (
                "feedForward",
                [
                    LayerNormalization(), PositionwiseDense(units: hidden), GELU(), Dropout(rate: dropout),
                    PositionwiseDense(units: input[1]), Dropout(rate: dropout),
                ]
            ),
        ]
    }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        for (key, layers) in inner(input: input) {
            do { _ = try NetworkSpecification.outputShapes(of: layers, input: input) } catch {
                throw error.within(key, of: self)
            }
        }
        return input
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) throws(SpecificationError) -> LoweredLayer {
        var sums: [any Layer] = []
        for (key, layers) in inner(input: place.input) {
            let path = "\(place.path).\(key)"
            sums.append(
                ResidualLayer(
                    path: path, branch: try lowering.layers(layers, input: place.input, prefix: "\(path)."),
                    shortcut: .identity, outputShape: place.input))
        }
        return LoweredLayer(TransformerBlockLayer(path: place.path, sums: sums))
    }

    public func exported(
        _ place: LayerPlace, input: String, to graph: inout ONNXGraph
    ) throws(SpecificationError) -> String {
        var value = input
        for (key, layers) in inner(input: place.input) {
            let branch = try graph.add(layers, input: value, shape: place.input, prefix: "\(place.path).\(key).")
            let sum = graph.add("Add", [branch, value], at: place)
            if let mask = graph.mask(of: value) { graph.setMask(mask, of: sum) }
            value = sum
        }
        return value
    }
}

/// Two residual sums, one behind the other.
struct TransformerBlockLayer: Layer {
    let path: String
    let sums: [any Layer]

    var summary: String { "transformer block" }
    var givesSequence: Bool { true }

    func prepare(in plan: PlanBuilder, input: FeatureMap) throws -> FeatureMap {
        var flow = input
        for sum in sums { flow = try plan.prepare(sum, input: flow) }
        return flow
    }
}
