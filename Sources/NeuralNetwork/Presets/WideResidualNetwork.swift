import Settings

/// The wide residual network of Zagoruyko and Komodakis (BMVC 2016) of depth 16 and widening 4: pre-activation blocks, three
/// stages of (depth − 4) / 6 blocks with 16, 32 and 64 times the widening channels.
public struct WideResidualNetwork: Architecture {
    public static let name = "wrn16-4"
    public static let smallestSide: Int? = 1

    public var dropout = 0.0
    public var synchronized = false

    public init() {}

    public static let settings: [Setting<Self>] = [
        .dropout(\.dropout, "probability that a value between the convolutions of a block is dropped in training"),
        .synchronized(\.synchronized),
    ]

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        .wideResnet(
            depth: 16, widening: 4, inputShape: inputShape, classes: classes, dropout: dropout,
            synchronized: synchronized)
    }
}

extension NetworkSpecification {
    /// A ``WideResidualNetwork`` of any depth and width.
    ///
    /// - Parameters:
    ///   - depth: 6 n + 4.
    ///   - dropout: between the two convolutions of a block; 0 for none.
    public static func wideResnet(
        depth: Int, widening: Int, inputShape: [Int], classes: Int, dropout: Double = 0, synchronized: Bool = false
    ) -> NetworkSpecification {
        precondition(depth >= 10 && depth % 6 == 4, "a wide residual network of depth \(depth), 6 n + 4 expected")
        precondition(widening >= 1, "a residual network widened by \(widening), at least 1 expected")
        let activated: [any LayerSpecification] = [BatchNormalization(synchronized: synchronized), ReLU()]
        var layers: [any LayerSpecification] = [Convolution(16, kernel: 3, stride: 1)]
        for stage in 0..<3 {
            let channels = 16 * widening << stage
            for block in 0..<(depth - 4) / 6 {
                let stride = stage > 0 && block == 0 ? 2 : 1
                var body = [Convolution(channels, kernel: 3, stride: stride)] + activated
                if dropout != 0 { body.append(Dropout(rate: dropout)) }
                body.append(Convolution(channels, kernel: 3, stride: 1))
                if block == 0 {
                    // Where the shape changes, the shortcut too starts behind the normalization.
                    layers += activated
                    layers.append(
                        Residual(body, shortcut: .layers([Convolution(channels, kernel: 1, stride: stride)])))
                } else {
                    layers.append(Residual(activated + body))
                }
            }
        }
        layers += activated + [GlobalAveragePooling(), Flatten(), Dense(units: classes)]
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }
}
