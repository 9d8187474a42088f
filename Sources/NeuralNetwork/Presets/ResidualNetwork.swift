import Settings

/// The residual network for CIFAR of He, Zhang, Ren, Sun (CVPR 2016, section 4.2): a convolution of 16 channels, then three
/// stages of (depth − 2) / 6 blocks with 16, 32 and 64 channels. 269,722 parameters at depth 20, shortcut A, `[3, 32, 32]` and
/// 10 classes, statistics not counted.
public struct ResidualNetwork<let depth: Int>: Architecture {
    public static var name: String { "resnet\(depth)" }
    public static var smallestSide: Int? { 1 }

    public var shortcut = ResidualShortcut.a
    public var synchronized = false

    public init() {}

    public static var settings: [Setting<Self>] {
        [
            .init(
                "shortcut", \.shortcut,
                "way around a block that changes the shape: A, every second row and column and zeros for the further "
                    + "channels; B, a convolution 1 × 1 with batch normalization"),
            .synchronized(\.synchronized),
        ]
    }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        .resnet(
            depth: depth, inputShape: inputShape, classes: classes, shortcut: shortcut, synchronized: synchronized)
    }
}

/// The shortcut of a residual block that changes the shape (He et al., CVPR 2016, section 3.3).
public enum ResidualShortcut: String, Sendable, CaseIterable, SettingValue {
    /// Subsampling and zero channels.
    case a = "A"
    /// A convolution 1 × 1 with batch normalization.
    case b = "B"
}

extension NetworkSpecification {
    /// A ``ResidualNetwork``.
    ///
    /// - Parameter depth: 6 n + 2, for example 20, 32, 44, 56 or 110.
    public static func resnet(
        depth: Int, inputShape: [Int], classes: Int, shortcut: ResidualShortcut = .a, synchronized: Bool = false
    ) -> NetworkSpecification {
        precondition(depth >= 8 && depth % 6 == 2, "a residual network of depth \(depth), 6 n + 2 expected")
        let normalization = BatchNormalization(synchronized: synchronized)
        var layers: [any LayerSpecification] = [Convolution(16, kernel: 3, stride: 1), normalization, ReLU()]
        for (stage, channels) in [16, 32, 64].enumerated() {
            for block in 0..<(depth - 2) / 6 {
                let stride = stage > 0 && block == 0 ? 2 : 1
                var way = Residual.Shortcut.identity
                if stride == 2 {
                    way =
                        shortcut == .a
                        ? .padding : .layers([Convolution(channels, kernel: 1, stride: stride), normalization])
                }
                layers.append(
                    Residual(
                        [
                            Convolution(channels, kernel: 3, stride: stride), normalization, ReLU(),
                            Convolution(channels, kernel: 3, stride: 1), normalization,
                        ], shortcut: way))
                layers.append(ReLU())
            }
        }
        layers += [GlobalAveragePooling(), Flatten(), Dense(units: classes)]
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }
}

extension Convolution {
    /// One of a residual network: without a bias, since normalization follows; padded so that stride 1 keeps the size.
    init(_ channels: Int, kernel: Int, stride: Int) {
        self.init(
            channels: channels, kernel: .init(kernel), stride: .init(stride), padding: .zeros(.init(kernel / 2)),
            bias: false)
    }
}
