import Settings

/// The residual network for ImageNet of He, Zhang, Ren, Sun (CVPR 2016, table 1) as torchvision has it, with its names of
/// parameters: basic blocks at depths 18 and 34, bottlenecks with the stride in the convolution 3 × 3 at depth 50. 11,689,512
/// parameters at depth 18, 21,797,672 at 34 and 25,557,032 at 50, for `[3, H, W]` and 1000 classes, statistics not counted.
public struct ImageResidualNetwork<let depth: Int>: Architecture {
    public static var name: String { "resnet\(depth)" }
    public static var usualShape: [Int] { [3, 224, 224] }
    public static var smallestSide: Int? { 1 }

    public var stem = ImageStem.imagenet
    public var synchronized = false

    public init() {}

    public static var settings: [Setting<Self>] {
        [
            .init(
                "stem", \.stem,
                "what images come to first: imagenet, a convolution 7 × 7 with stride 2 and max pooling; cifar, a convolution "
                    + "3 × 3 with stride 1, for images of 32 × 32"),
            .synchronized(\.synchronized),
        ]
    }

    private static var blocks: [Int] { depth == 18 ? [2, 2, 2, 2] : [3, 4, 6, 3] }
    private static var isBottleneck: Bool { depth >= 50 }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        let isSmall = stem == .cifar
        var layers: [any LayerSpecification] = [
            Named("conv1", Convolution(64, kernel: isSmall ? 3 : 7, stride: isSmall ? 1 : 2)), normalization("bn1"),
            ReLU(),
        ]
        if !isSmall { layers.append(MaxPooling(kernel: 3, stride: 2, padding: 1)) }
        var channels = 64
        for (stage, count) in Self.blocks.enumerated() {
            for number in 0..<count {
                let width = 64 << stage
                let block = block(
                    channels, width: width, stride: stage > 0 && number == 0 ? 2 : 1)
                layers += [Named("layer\(stage + 1).\(number)", block), ReLU()]
                channels = Self.isBottleneck ? 4 * width : width
            }
        }
        layers += [GlobalAveragePooling(), Flatten(), Named("fc", Dense(units: classes))]
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    private func normalization(_ name: String) -> any LayerSpecification {
        Named(name, BatchNormalization(synchronized: synchronized))
    }

    /// - Parameter width: channels of the convolutions 3 × 3.
    private func block(_ input: Int, width: Int, stride: Int) -> Residual {
        let shapes =
            Self.isBottleneck
            ? [(width, 1, 1), (width, 3, stride), (4 * width, 1, 1)] : [(width, 3, stride), (width, 3, 1)]
        var branch: [any LayerSpecification] = []
        for (index, (channels, kernel, stride)) in shapes.enumerated() {
            if index > 0 { branch.append(ReLU()) }
            branch += [
                Named("conv\(index + 1)", Convolution(channels, kernel: kernel, stride: stride)),
                normalization("bn\(index + 1)"),
            ]
        }
        let output = shapes.last!.0
        guard stride > 1 || output != input else { return Residual(branch) }
        return Residual(
            branch,
            shortcut: .layers([
                Named("downsample.0", Convolution(output, kernel: 1, stride: stride)), normalization("downsample.1"),
            ]))
    }
}

/// The first layers of a network for images.
public enum ImageStem: String, Sendable, CaseIterable, SettingValue {
    /// Divides the sides by 4.
    case imagenet
    /// Keeps the sides.
    case cifar
}
