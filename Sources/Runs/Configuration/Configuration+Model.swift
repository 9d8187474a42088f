import NeuralNetwork
import Settings

extension Configuration {
    /// Section `model`: what the network is made of, and how it is computed.
    public struct Model: Configurable {
        /// A network by name, or the layers one by one.
        public var architecture: any Architecture = MultilayerPerceptron()
        /// Numbers that stand for a level of an embedded column of a table; nil for a width by the number of levels.
        public var embeddingWidth: Int?
        public var convolution = ConvolutionChoice.automatic
        /// A run directory or a file of safetensors; nil to begin with weights drawn at random.
        public var weights: String?
        /// `OLD=NEW`: what names of the file, or their beginnings up to a full stop, are called in the network.
        public var rename: [String]?
        /// Names of parameters, or their beginnings up to a full stop, such as a layer's path.
        public var freeze: [String]?

        public init() {}

        public init(_ architecture: any Architecture) {
            self.architecture = architecture
        }

        public static let settings: [Setting<Self>] = [
            .init(
                choice: "preset", \.architecture, among: PresetRegistry.all, or: LayerList.self,
                expected: "a preset such as mlp, or a list of layers", "network by name, in place of layers"),
            .init(
                "embeddingWidth", \.embeddingWidth, .from(1, through: 65536),
                "numbers that stand for a level of an embedded column of a table; null: the smaller of 600 and 1.6 · levels^0.56",
                writesNull: false),
            .init(
                "convolution", \.convolution,
                "how convolutions are computed: direct, products summed as the definition has them; winograd, minimal "
                    + "filtering wherever the shape allows it; auto, the faster of the two, shape by shape"),
            .init(
                "weights", \.weights, form: .text("a file or a run directory", plural: "files"),
                "weights to begin with: safetensors with PyTorch's names, or a run; a last layer of another size begins anew",
                writesNull: false),
            .init(
                set: "rename", \.rename, form: .text("OLD=NEW", plural: "OLD=NEW"),
                "OLD=NEW for names in that file, or their beginnings up to a full stop: conv1=0"),
            .init(
                set: "freeze", \.freeze, form: .text("a name of parameters", plural: "names of parameters"),
                "parameters that stay as they are, by their names or beginnings up to a full stop: 0, 3.branch; a batch "
                    + "normalization among them normalizes by its running statistics"),
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
            && one.weights == other.weights && one.rename == other.rename && one.freeze == other.freeze
            && one.embeddingWidth == other.embeddingWidth
    }
}
