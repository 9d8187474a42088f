import Foundation
import OneDNN
import Settings

/// `[N, L, E]` → `[N, L, E]`: multi-head self-attention (Vaswani et al., NeurIPS 2017, section 3.2.2). Queries, keys and values are
/// products of the positions with a weight `[3 · features, E]`; each head has features / heads of them; what the heads find goes
/// through a weight `[E, features]`. Weights have the shapes of PyTorch's `MultiheadAttention`. A query that sees padding alone finds 0.
public struct Attention: LayerSpecification {
    public static let name = "attention"

    public var heads = 0
    /// Features of the queries of all heads together; nil: E.
    public var features: Int?
    public var dropout = 0.0
    public var causal = false
    public var rotary = false
    public var bias = true

    public init() {}

    public init(
        heads: Int, features: Int? = nil, dropout: Double = 0, causal: Bool = false, rotary: Bool = false,
        bias: Bool = true
    ) {
        self.heads = heads
        self.features = features
        self.dropout = dropout
        self.causal = causal
        self.rotary = rotary
        self.bias = bias
    }

    public static let settings: [Setting<Self>] = [
        .init(
            required: "heads", \.heads, .size, expected: "the number of heads",
            "parts of the features that attend each for itself; divides the features"
        ).asShortForm,
        .init(
            "features", \.features, .size,
            "numbers of a position's query, key and value in all heads together; null: as many as come in"),
        .dropout(\.dropout, "probability that a position leaves another one out in training"),
        .init("causal", \.causal, "whether a position sees itself and those in front of it alone"),
        .init(
            "rotary", \.rotary,
            "whether queries and keys are turned by angles that grow with the position, so that products tell distances"
        ),
        .bias(\.bias),
    ]

    public var favorsAdaptiveRates: Bool { true }

    public func outputShape(input: [Int]) throws(SpecificationError) -> [Int] {
        try SpecificationError.expectSequence(input)
        let features = features ?? input[1]
        guard features % heads == 0 else {
            throw SpecificationError("expected heads that divide \(features) features, found \(heads)")
        }
        guard !rotary || features / heads % 2 == 0 else {
            throw SpecificationError(
                "expected an even number of features a head with rotary: true, found \(features / heads)")
        }
        return input
    }

    /// Uniform as PyTorch's: queries, keys and values by their weight together.
    public func parameters(_ place: LayerPlace) -> [LayerParameter] {
        let inputs = place.input[1]
        let features = features ?? inputs
        func pair(_ name: String, _ units: Int, _ inputs: Int) -> [LayerParameter] {
            let weight = InitialValue.random(.glorot, fanIn: inputs, fanOut: units)
            return [LayerParameter("\(name)_weight", shape: [units, inputs], isDecayed: true, initialValue: weight)]
                + (bias
                    ? [LayerParameter("\(name)_bias", shape: [units], isDecayed: false, initialValue: .zero)] : [])
        }
        return pair("in_proj", 3 * features, inputs) + pair("out_proj", inputs, features)
    }

    public func lowered(_ place: LayerPlace, _ lowering: inout Lowering) -> LoweredLayer {
        LoweredLayer(
            AttentionLayer(
                path: place.path, number: place.number, seed: lowering.seed, specification: self,
                parameters: parameters(place)))
    }

    /// Cosine and sine of each pair of features at each position, `[L, d]` (Su et al., arXiv:2104.09864, section 3.2.2).
    static func rotation(positions: Int, headSize: Int) -> [Float] {
        (0..<positions).flatMap { position in
            (0..<headSize).map { feature in
                let angle = Double(position) * pow(10000, -Double(feature / 2 * 2) / Double(headSize))
                return Float(feature % 2 == 0 ? cos(angle) : sin(angle))
            }
        }
    }
}
