import Settings

/// Four convolutions 3 × 3 of 32, 32, 64 and 64 channels with ReLU, max pooling behind the second and the fourth, a dense layer
/// of 256 and one of the classes.
public struct ConvolutionalNetwork: Architecture {
    public static let name = "cnn"
    public static let usualShape = [1, 28, 28]
    public static let smallestSide: Int? = 4

    public var dropout = 0.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .dropout(\.dropout, "probability that an input of a dense layer is dropped in training")
    ]

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        func convolutions(_ channels: Int) -> [any LayerSpecification] {
            [
                Convolution(channels: channels, kernel: 3, padding: 1), ReLU(),
                Convolution(channels: channels, kernel: 3, padding: 1), ReLU(), MaxPooling(kernel: 2),
            ]
        }
        let drop: [any LayerSpecification] = dropout != 0 ? [Dropout(rate: dropout)] : []
        let hidden: [any LayerSpecification] = [Dense(units: 256), ReLU()]
        return NetworkSpecification(
            inputShape: inputShape,
            layers: convolutions(32) + convolutions(64) + [Flatten()] + drop + hidden + drop + [Dense(units: classes)])
    }
}
