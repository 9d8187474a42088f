import Settings

/// The vision transformer of Dosovitskiy et al. (ICLR 2021) in its size tiny (Touvron et al., ICML 2021): patches, a class token, learned
/// positions, 12 blocks. With `patch: 16` on images of 224 × 224 it has the 5,717,416 parameters of timm's `vit_tiny_patch16_224`.
public struct VisionTransformer: Architecture {
    public static let name = "vit-tiny"
    public static let smallestSide: Int? = 1

    /// Height and width of a patch.
    public var patch: Extent = 4
    public var features = 192
    public var heads = 3
    public var depth = 12
    public var dropout = 0.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .patch(\.patch),
        .features(\.features),
        .heads(\.heads),
        .depth(\.depth),
        .dropout(\.dropout, "probability that a value behind attention and products is dropped in training"),
    ]

    public var contradiction: Contradiction? { Attention.contradiction(heads: heads, features: features) }

    public var favorsAdaptiveRates: Bool { true }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        let block = TransformerBlock(heads: heads, hidden: 4 * features, dropout: dropout)
        let front: [any LayerSpecification] = [
            PatchEmbedding(patch: patch, features: features), ClassToken(), PositionalEncoding(.learned),
        ]
        let blocks = [any LayerSpecification](repeating: block, count: depth)
        return NetworkSpecification(
            inputShape: inputShape,
            layers: front + blocks + [LayerNormalization(), TokenSelection(position: 0), Dense(units: classes)])
    }
}

extension Setting where Root: Architecture {
    static func patch(_ path: any WritableKeyPath<Root, Extent> & Sendable) -> Self {
        .init(
            extent: "patch", path, .size,
            "height and width of a patch, one number or two, which divide those of the images: 16 for 224 × 224")
    }
}
