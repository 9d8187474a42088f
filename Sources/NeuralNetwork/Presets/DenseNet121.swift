import Settings

/// The densely connected network of Huang, Liu, van der Maaten, Weinberger (CVPR 2017, table 1), as torchvision's `densenet121`
/// with its names of parameters: 7,978,856 of them for `[3, H, W]` and 1000 classes, statistics not counted.
public struct DenseNet121: Architecture {
    public static let name = "densenet121"
    public static let usualShape = [3, 224, 224]
    public static let smallestSide: Int? = 29

    public var synchronized = false

    public init() {}

    public static let settings: [Setting<Self>] = [.synchronized(\.synchronized)]

    /// Layers of each dense block.
    private static let blocks = [6, 12, 24, 16]
    /// Channels that a layer adds.
    private static let growth = 32
    /// Channels between the two convolutions of a layer, by its growth.
    private static let widening = 4

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        var channels = 64
        var layers: [any LayerSpecification] = [
            Named("features.conv0", Convolution(channels, kernel: 7, stride: 2)),
            normalization("features.norm0"), ReLU(), MaxPooling(kernel: 3, stride: 2, padding: 1),
        ]
        for (number, count) in Self.blocks.enumerated() {
            for index in 1...count {
                layers.append(Named("features.denseblock\(number + 1).denselayer\(index)", growing()))
            }
            channels += count * Self.growth
            guard number + 1 < Self.blocks.count else { break }
            channels /= 2
            layers += convolved("features.transition\(number + 1).", "", Convolution(channels, kernel: 1, stride: 1))
            layers.append(AveragePooling(kernel: 2, stride: 2))
        }
        layers += [normalization("features.norm5"), ReLU(), GlobalAveragePooling(), Flatten()]
        layers.append(Named("classifier", Dense(units: classes)))
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    /// The input, and behind it the channels that two convolutions make of it.
    private func growing() -> Concatenation {
        let narrow = Convolution(Self.widening * Self.growth, kernel: 1, stride: 1)
        let wide = Convolution(Self.growth, kernel: 3, stride: 1)
        return Concatenation([Branch("input"), Branch("new", convolved("", "1", narrow) + convolved("", "2", wide))])
    }

    private func convolved(_ path: String, _ number: String, _ convolution: Convolution) -> [any LayerSpecification] {
        [normalization("\(path)norm\(number)"), ReLU(), Named("\(path)conv\(number)", convolution)]
    }

    private func normalization(_ name: String) -> Named {
        Named(name, BatchNormalization(synchronized: synchronized))
    }
}
