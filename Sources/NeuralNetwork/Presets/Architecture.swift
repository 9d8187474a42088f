import Settings

/// A maker of networks for samples of a shape in a number of classes.
public protocol Architecture: Component, Equatable {
    /// The smallest size of a map, along each of its dimensions, that the network has an output for; nil where it takes any
    /// samples.
    static var smallestSide: Int? { get }

    /// Number of tokens of a network that takes samples as token numbers 0 ..< tokenCount; nil for others.
    var tokenCount: Int? { get }

    /// True of a network with a layer of which ``LayerSpecification/favorsAdaptiveRates`` is: its optimizer is AdamW where none is
    /// chosen. Default false.
    var favorsAdaptiveRates: Bool { get }

    /// Dimensions behind the channels of the maps that it takes: 1 of signals, 2 of images, 3 of volumes.
    static var mapDimensions: Int { get }

    /// Shape of the samples that the network was made for: what tables show it with.
    static var usualShape: [Int] { get }

    /// - Parameter inputShape: of one sample, such as `[C, H, W]` or `[features]`.
    func network(inputShape: [Int], classes: Int) -> NetworkSpecification
}

extension Architecture {
    public static var smallestSide: Int? { nil }
    public var tokenCount: Int? { nil }
    public var favorsAdaptiveRates: Bool { false }
    public static var mapDimensions: Int { 2 }
    public static var usualShape: [Int] { [3, 32, 32] }

    public func isEqual(_ other: any Architecture) -> Bool { other as? Self == self }
}

/// The networks that a configuration names.
public enum PresetRegistry {
    public static let all = Registry<any Architecture>([
        MultilayerPerceptron.self,
        TabularPerceptron.self,
        LeNet5.self,
        ConvolutionalNetwork.self,
        ResidualNetwork<20>.self,
        ResidualNetwork<32>.self,
        ResidualNetwork<44>.self,
        ResidualNetwork<56>.self,
        ResidualNetwork<110>.self,
        WideResidualNetwork.self,
        TextTransformer.self,
        VisionTransformer.self,
        MLPMixer.self,
        ResidualConvolutions<1>.self,
        ResidualConvolutions<3>.self,
        ImageResidualNetwork<18>.self,
        ImageResidualNetwork<34>.self,
        ImageResidualNetwork<50>.self,
        VGG11.self,
        MobileNetV2.self,
        DenseNet121.self,
        ConvNeXt.self,
    ])
}

/// A network layer by layer; the last one is dense, with one unit a class, and its outputs are the logits.
public struct LayerList: Architecture {
    public static let name = "layers"

    public var layers: [any LayerSpecification] = []

    public init() {}

    public init(_ layers: [any LayerSpecification]) {
        self.layers = layers
    }

    public static let settings: [Setting<Self>] = [
        .layers("layers", \.layers, "layers from the input to the logits, the last one dense with one unit a class")
    ]

    public var tokenCount: Int? { layers.first?.rowIndices?.tokenCount }
    public var favorsAdaptiveRates: Bool { layers.contains { $0.favorsAdaptiveRates } }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        NetworkSpecification(inputShape: inputShape, layers: layers)
    }

    public static func == (one: Self, other: Self) -> Bool {
        NetworkSpecification.areEqual(one.layers, other.layers)
    }

    /// The layers with every setting, as a configuration has them, in JSON.
    public var json: String { written.first { $0.key == "layers" }?.value.json ?? "[]" }
}
