import Settings

/// ConvNeXt-T of Liu, Mao, Wu, Feichtenhofer, Darrell, Xie (CVPR 2022), as torchvision's `convnext_tiny` with its names of
/// parameters: 28,589,128 of them for `[3, H, W]` and 1000 classes.
public struct ConvNeXt: Architecture {
    public static let name = "convnext-tiny"
    public static let usualShape = [3, 224, 224]
    public static let smallestSide: Int? = 32

    public var stochasticDepth = 0.1

    public init() {}

    public static let settings: [Setting<Self>] = [
        .init(
            "stochasticDepth", \.stochasticDepth, .dropping,
            "probability that the last block is skipped for a sample in training; it rises from 0 at the first block")
    ]

    /// Channels and blocks of each stage.
    private static let stages = [(96, 3), (192, 3), (384, 9), (768, 3)]

    public var favorsAdaptiveRates: Bool { true }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        let normalization = LayerNormalization(over: .channels, epsilon: 1e-6)
        let blocks = Self.stages.reduce(0) { $0 + $1.1 }
        var layers: [any LayerSpecification] = []
        var number = 0
        for (stage, (channels, count)) in Self.stages.enumerated() {
            let before = "features.\(2 * stage)"
            let stride: Extent = stage == 0 ? 4 : 2
            let convolution = Convolution(channels: channels, kernel: stride, stride: stride)
            layers +=
                stage == 0
                ? [Named("\(before).0", convolution), Named("\(before).1", normalization)]
                : [Named("\(before).0", normalization), Named("\(before).1", convolution)]
            for index in 0..<count {
                let rate = stochasticDepth * Double(number) / Double(blocks - 1)
                layers.append(Named("features.\(2 * stage + 1).\(index)", block(channels, normalization, rate: rate)))
                number += 1
            }
        }
        layers += [
            GlobalAveragePooling(), Named("classifier.0", normalization), Flatten(),
            Named("classifier.2", Dense(units: classes)),
        ]
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    private func block(_ channels: Int, _ normalization: LayerNormalization, rate: Double) -> Residual {
        var depthwise = Convolution(channels: channels, kernel: 7, padding: 3)
        depthwise.groups = channels
        var branch: [any LayerSpecification] = [
            Named("block.0", depthwise), Named("block.2", normalization),
            Named("block.3", Dense(units: 4 * channels, over: .channels)), GELU(),
            Named("block.5", Dense(units: channels, over: .channels)), Named("layer_scale", LayerScale()),
        ]
        if rate != 0 { branch.append(StochasticDepth(rate: rate)) }
        return Residual(branch)
    }
}
