import Settings

/// A small residual network (He, Zhang, Ren, Sun, CVPR 2016) for signals `[C, L]`, such as spectra and electrocardiograms, or volumes
/// `[C, D, H, W]`: a convolution, then stages of one block of two convolutions each, with batch normalization. Each stage behind
/// the first halves the map and has twice the channels. Then the mean of each channel, and a dense layer.
public struct ResidualConvolutions<let dimensions: Int>: Architecture {
    public static var name: String { "conv\(dimensions)d" }
    public static var smallestSide: Int? { 1 }
    public static var mapDimensions: Int { dimensions }
    public static var usualShape: [Int] { [1] + [Int](repeating: dimensions == 1 ? 256 : 32, count: dimensions) }

    /// Channels of the first stage.
    public var channels = dimensions == 1 ? 32 : 16
    public var stages = 3
    /// Odd, so that blocks keep the size.
    public var kernel = dimensions == 1 ? 7 : 3
    public var dropout = 0.0
    public var synchronized = false

    public init() {}

    public static var settings: [Setting<Self>] {
        [
            .init(
                "channels", \.channels, .from(1, through: 4096),
                "channels of the first stage; each other has twice as many"),
            .init("stages", \.stages, .from(1, through: 8), "residual blocks; each but the first halves the map"),
            .init("kernel", \.kernel, .odd, "size of the convolutions' kernels along each dimension"),
            .dropout(\.dropout, "probability that an input of the dense layer is dropped in training"),
            .synchronized(\.synchronized),
        ]
    }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        let normalization = BatchNormalization(synchronized: synchronized)
        var layers: [any LayerSpecification] = [
            Convolution(channels, kernel: kernel, stride: 1), normalization, ReLU(),
        ]
        for stage in 0..<stages {
            let (width, stride) = (channels << stage, stage > 0 ? 2 : 1)
            layers.append(
                Residual(
                    [
                        Convolution(width, kernel: kernel, stride: stride), normalization, ReLU(),
                        Convolution(width, kernel: kernel, stride: 1), normalization,
                    ],
                    shortcut: stage > 0
                        ? .layers([Convolution(width, kernel: 1, stride: stride), normalization]) : .identity))
            layers.append(ReLU())
        }
        layers += [GlobalAveragePooling(), Flatten()]
        if dropout != 0 { layers.append(Dropout(rate: dropout)) }
        return NetworkSpecification(inputShape: inputShape, layers: layers + [Dense(units: classes)])
    }
}

extension Limit<Int> {
    /// Limit of a kernel that is centered on a pixel.
    fileprivate static let odd = Self("that is odd, from 1 to 1023") { $0 % 2 == 1 && (1...1023).contains($0) }
}
