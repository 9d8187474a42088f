extension Configuration {
    /// Section `model`: what the network is made of, and how it is computed.
    public struct Model: Equatable, Sendable {
        /// Key `preset` or `layers`, exactly one of them, with the keys that go with each preset.
        public var architecture: Architecture
        /// Key `convolution`: how convolutions are computed, `auto`, `direct` or `winograd`; default `auto`.
        public var convolution = ConvolutionAlgorithm.auto

        public init(_ architecture: Architecture) {
            self.architecture = architecture
        }
    }
}

extension Configuration.Model {
    /// A network by name, or the layers one by one.
    public enum Architecture: Equatable, Sendable {
        /// `preset: mlp`: dense hidden layers, each followed by activation and dropout, and a dense layer with one unit
        /// a class.
        case mlp(MultilayerPerceptron)
        /// `preset: lenet5`: LeNet-5 with ReLU and max pooling, for images of at least 12 × 12.
        case lenet5
        /// `preset: cnn`: four convolutions of 32, 32, 64 and 64 channels and a dense layer of 256, for images of at
        /// least 4 × 4.
        case cnn(ConvolutionalNetwork)
        /// `preset: resnet20`, `resnet32`, `resnet44`, `resnet56` or `resnet110`: the residual networks for CIFAR.
        case resnet(ResidualNetwork)
        /// `preset: wrn16-4`: the wide residual network of depth 16 with four times the channels.
        case wideResnet(WideResidualNetwork)
        /// `layers`: at least one; the last is dense, with one unit a class, and its outputs are the logits.
        case layers([Layer])
    }

    public enum ConvolutionAlgorithm: String, CaseIterable, Sendable {
        /// The faster of the two, shape by shape.
        case auto
        /// Products summed as the definition has them.
        case direct
        /// Winograd's minimal filtering where the shape allows it, 3 × 3 with stride 1; else direct. Fewer products and
        /// more rounding.
        case winograd
    }

    public struct MultilayerPerceptron: Equatable, Sendable {
        /// Key `hidden`: units of each hidden layer, default [256, 128]; empty makes a softmax regression.
        public var hidden = [256, 128]
        /// Key `activation`: `relu`, `tanh` or `sigmoid`, default `relu`.
        public var activation = Activation.relu
        /// Key `dropout`: the probability in [0, 1) that a hidden unit is dropped in training, default 0.
        public var dropout = 0.0

        public init() {}
    }

    public struct ConvolutionalNetwork: Equatable, Sendable {
        /// Key `dropout`: the probability in [0, 1) that an input of a dense layer is dropped in training, default 0.
        public var dropout = 0.0

        public init() {}
    }

    public struct ResidualNetwork: Equatable, Sendable {
        /// The depths that have a preset.
        public static let depths = [20, 32, 44, 56, 110]

        /// One of `depths`.
        public let depth: Int
        /// Key `shortcut`: `A` or `B`, default `A`.
        public var shortcut = Shortcut.a
        /// Key `synchronized`: whether batch normalisation takes its statistics over the global batch, and not over each
        /// rank's samples; default false.
        public var synchronized = false

        public init(depth: Int) {
            precondition(Self.depths.contains(depth), "a residual network of depth \(depth), \(Self.depths) expected")
            self.depth = depth
        }
    }

    /// What leads around a residual block that changes the shape.
    public enum Shortcut: String, CaseIterable, Sendable {
        /// Every second row and column, and zeros for the further channels.
        case a = "A"
        /// A convolution 1 × 1 with batch normalisation.
        case b = "B"
    }

    public struct WideResidualNetwork: Equatable, Sendable {
        /// Key `dropout`: the probability in [0, 1) that a value between the convolutions of a block is dropped in
        /// training, default 0.
        public var dropout = 0.0
        /// Key `synchronized`, as that of a residual network; default false.
        public var synchronized = false

        public init() {}
    }

    public enum Activation: String, CaseIterable, Sendable {
        case relu
        case tanh
        case sigmoid
    }
}

extension Configuration.Model.Architecture {
    /// The names that key `preset` takes.
    public static let presets =
        ["mlp", "lenet5", "cnn"] + Configuration.Model.ResidualNetwork.depths.map { "resnet\($0)" } + [
            "wrn16-4"
        ]

    /// The preset's name; nil for `layers`.
    var preset: String? {
        switch self {
        case .mlp: "mlp"
        case .lenet5: "lenet5"
        case .cnn: "cnn"
        case .resnet(let resnet): "resnet\(resnet.depth)"
        case .wideResnet: "wrn16-4"
        case .layers: nil
        }
    }
}
