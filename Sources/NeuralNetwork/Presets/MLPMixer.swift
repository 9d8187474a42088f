import Settings

/// The MLP-Mixer of Tolstikhin et al. (NeurIPS 2021): patches, and blocks that mix positions by one perceptron and features by another,
/// with half as many and four times as many hidden units as there are features.
public struct MLPMixer: Architecture {
    public static let name = "mlp-mixer"
    public static let smallestSide: Int? = 1

    /// Height and width of a patch.
    public var patch: Extent = 4
    public var features = 128
    public var depth = 8
    public var dropout = 0.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .patch(\.patch),
        .features(\.features),
        .depth(\.depth),
        .dropout(\.dropout, "probability that a value behind a product is dropped in training"),
    ]

    public var favorsAdaptiveRates: Bool { true }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        func perceptron(hidden: Int, units: Int) -> [any LayerSpecification] {
            [
                PositionwiseDense(units: hidden), GELU(), Dropout(rate: dropout), PositionwiseDense(units: units),
                Dropout(rate: dropout),
            ]
        }
        let patches = PatchEmbedding(patch: patch, features: features)
        // Where patches do not fit, the shape rule says so.
        let positions = (try? patches.outputShape(input: inputShape))?[0] ?? 1
        let mixing = perceptron(hidden: max(features / 2, 1), units: positions)
        var layers: [any LayerSpecification] = [patches]
        for _ in 0..<depth {
            layers.append(Residual([LayerNormalization(), Transposition()] + mixing + [Transposition()]))
            layers.append(Residual([LayerNormalization()] + perceptron(hidden: 4 * features, units: features)))
        }
        return NetworkSpecification(
            inputShape: inputShape, layers: layers + [LayerNormalization(), MeanPooling(), Dense(units: classes)])
    }
}
