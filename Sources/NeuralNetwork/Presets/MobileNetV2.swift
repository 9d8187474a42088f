import Settings

/// The network of inverted residuals of Sandler, Howard, Zhu, Zhmoginov, Chen (CVPR 2018, table 2), as torchvision's
/// `mobilenet_v2` with its names of parameters: 3,504,872 of them for `[3, H, W]` and 1000 classes, statistics not counted.
public struct MobileNetV2: Architecture {
    public static let name = "mobilenet-v2"
    public static let usualShape = [3, 224, 224]
    public static let smallestSide: Int? = 1

    public var dropout = 0.2
    public var synchronized = false

    public init() {}

    public static let settings: [Setting<Self>] = [
        .dropout(\.dropout, "probability that an input of the dense layer is dropped in training"),
        .synchronized(\.synchronized),
    ]

    /// Factor that each stage's blocks widen their input by, channels, blocks, stride of the first.
    private static let stages = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        var layers = activated("features.0", Convolution(32, kernel: 3, stride: 2))
        var (channels, number) = (32, 1)
        for (widening, output, count, firstStride) in Self.stages {
            for index in 0..<count {
                let stride = index == 0 ? firstStride : 1
                func block(_ prefix: String) -> [any LayerSpecification] {
                    self.block("\(prefix)conv", channels, widening: widening, output, stride: stride)
                }
                if stride == 1, output == channels {
                    layers.append(Named("features.\(number)", Residual(block(""))))
                } else {
                    layers += block("features.\(number).")
                }
                (channels, number) = (output, number + 1)
            }
        }
        layers += activated("features.\(number)", Convolution(1280, kernel: 1, stride: 1))
        layers += [GlobalAveragePooling(), Flatten()]
        if dropout != 0 { layers.append(Dropout(rate: dropout)) }
        layers.append(Named("classifier.1", Dense(units: classes)))
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    private func normalized(
        _ convolution: Convolution, _ names: (convolution: String, normalization: String)
    ) -> [any LayerSpecification] {
        [
            Named(names.convolution, convolution),
            Named(names.normalization, BatchNormalization(synchronized: synchronized)),
        ]
    }

    private func activated(_ name: String, _ convolution: Convolution) -> [any LayerSpecification] {
        normalized(convolution, ("\(name).0", "\(name).1")) + [ReLU6()]
    }

    /// A widening, a depthwise convolution and a narrowing without an activation.
    private func block(
        _ name: String, _ input: Int, widening: Int, _ output: Int, stride: Int
    ) -> [any LayerSpecification] {
        let hidden = input * widening
        var (layers, number): ([any LayerSpecification], Int) = ([], 0)
        if widening > 1 {
            layers += activated("\(name).0", Convolution(hidden, kernel: 1, stride: 1))
            number += 1
        }
        var depthwise = Convolution(hidden, kernel: 3, stride: stride)
        depthwise.groups = hidden
        layers += activated("\(name).\(number)", depthwise)
        let names = ("\(name).\(number + 1)", "\(name).\(number + 2)")
        return layers + normalized(Convolution(output, kernel: 1, stride: 1), names)
    }
}
