import Settings

/// Configuration A of Simonyan and Zisserman (ICLR 2015) with batch normalization, as torchvision's `vgg11_bn` with its names of
/// parameters: 132,868,840 of them for `[3, H, W]` and 1000 classes, statistics not counted.
public struct VGG11: Architecture {
    public static let name = "vgg11-bn"
    public static let usualShape = [3, 224, 224]
    public static let smallestSide: Int? = 32

    public var hidden = 4096
    public var dropout = 0.5
    public var synchronized = false

    public init() {}

    public static let settings: [Setting<Self>] = [
        .init("hidden", \.hidden, .size, "units of the two hidden dense layers"),
        .dropout(\.dropout, "probability that a hidden unit is dropped in training"),
        .synchronized(\.synchronized),
    ]

    /// Channels of the convolutions; 0 for max pooling.
    private static let features = [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0]

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        var layers: [any LayerSpecification] = []
        for channels in Self.features {
            guard channels > 0 else {
                layers.append(MaxPooling(kernel: 2))
                continue
            }
            let number = layers.count
            layers += [
                Named("features.\(number)", Convolution(channels: channels, kernel: 3, padding: 1)),
                Named("features.\(number + 1)", BatchNormalization(synchronized: synchronized)), ReLU(),
            ]
        }
        layers += [AdaptiveAveragePooling(size: 7), Flatten()]
        for number in [0, 3] {
            layers += [Named("classifier.\(number)", Dense(units: hidden)), ReLU()]
            if dropout != 0 { layers.append(Dropout(rate: dropout)) }
        }
        layers.append(Named("classifier.6", Dense(units: classes)))
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }
}
