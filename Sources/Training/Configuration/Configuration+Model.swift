import NeuralNetwork
import Settings

extension Configuration {
    /// Section `model`: what the network is made of, and how it is computed.
    public struct Model: Configurable {
        /// A network by name, or the layers one by one.
        public var architecture: any Architecture = MultilayerPerceptron()
        public var convolution = ConvolutionChoice.automatic

        public init() {}

        public init(_ architecture: any Architecture) {
            self.architecture = architecture
        }

        public static let settings: [Setting<Self>] = [
            .init(
                choice: "preset", \.architecture, among: PresetRegistry.all, or: LayerList.self,
                expected: "a preset such as mlp, or a list of layers", "network by name, in place of layers"),
            .init(
                "convolution", \.convolution,
                "how convolutions are computed: direct, products summed as the definition has them; winograd, minimal "
                    + "filtering wherever the shape allows it; auto, the faster of the two, shape by shape"),
        ]

        /// The layers, where they are given one by one.
        var layers: [any LayerSpecification]? { (architecture as? LayerList)?.layers }

        /// The preset's name; nil where layers are given.
        var preset: String? { architecture is LayerList ? nil : type(of: architecture).name }
    }
}

extension Configuration.Model: Equatable {
    public static func == (one: Self, other: Self) -> Bool {
        one.architecture.isEqual(other.architecture) && one.convolution == other.convolution
    }
}
