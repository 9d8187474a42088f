import Settings

/// A classifier of token sequences: embedding, positions, transformer blocks, the mean over the positions, a dense layer (the encoder of
/// Vaswani et al., NeurIPS 2017, with the normalization in front of each part).
public struct TextTransformer: Architecture {
    public static let name = "text-transformer"
    public static let usualShape = [128]

    /// As many as a byte has values.
    public var tokens = 256
    public var padding: Int?
    public var features = 128
    public var heads = 4
    public var depth = 2
    public var positions = PositionalEncoding.Kind.sinusoidal
    public var dropout = 0.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .init(
            "tokens", \.tokens, .from(1, through: 1 << 24),
            "tokens that there are; samples are numbers from 0 to one less"),
        .init(
            "padding", \.padding, .from(0, through: 1 << 24),
            "token that fills short sequences up, which attention and the mean leave out"),
        .features(\.features),
        .heads(\.heads),
        .depth(\.depth),
        .init("positions", \.positions, "how positions are told: sinusoidal, or learned, a weight for each"),
        .dropout(\.dropout, "probability that a value behind attention and products is dropped in training"),
    ]

    public var contradiction: Contradiction? {
        Embedding(tokens: tokens, features: features, padding: padding).contradiction
            ?? Attention.contradiction(heads: heads, features: features)
    }

    public var tokenCount: Int? { tokens }
    public var favorsAdaptiveRates: Bool { true }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        let block = TransformerBlock(heads: heads, hidden: 4 * features, dropout: dropout)
        let front: [any LayerSpecification] = [
            Embedding(tokens: tokens, features: features, padding: padding), PositionalEncoding(positions),
        ]
        let blocks = [any LayerSpecification](repeating: block, count: depth)
        return NetworkSpecification(
            inputShape: inputShape,
            layers: front + blocks + [LayerNormalization(), MeanPooling(), Dense(units: classes)])
    }
}

extension Setting where Root: Architecture {
    static func features(_ path: any WritableKeyPath<Root, Int> & Sendable) -> Self {
        .init("features", path, .size, "numbers that stand for a position; a block has four times as many hidden units")
    }

    static func heads(_ path: any WritableKeyPath<Root, Int> & Sendable) -> Self {
        .init("heads", path, .size, "heads of each attention; divides the features")
    }

    static func depth(_ path: any WritableKeyPath<Root, Int> & Sendable) -> Self {
        .init("depth", path, .from(1, through: 1024), "blocks, one behind the other")
    }
}

extension Attention {
    /// Where heads do not divide the features.
    static func contradiction(heads: Int, features: Int) -> Contradiction? {
        guard features % heads != 0 else { return nil }
        return Contradiction("heads", "expected a divisor of the \(features) features, found \(heads)")
    }
}
