import Settings

extension Configuration.Model {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        self.init(try Architecture(reading: reader))
        convolution = try reader.choice("convolution", ConvolutionAlgorithm.self) ?? convolution
    }
}

extension Configuration.Model.Architecture {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let preset = try reader.choice("preset", Self.presets)
        let layers = try Self.layers(of: "layers", reader)
        switch (preset, layers) {
        case (nil, let layers?):
            try reader.reject(Self.keys(of: nil), because: "belongs to a preset, but layers are given")
            self = .layers(layers)
        case (let preset?, nil):
            for key in Self.keys(of: nil) where !Self.keys(of: preset).contains(key) {
                let owners = Self.presets.filter { Self.keys(of: $0).contains(key) }.joined(separator: ", ")
                try reader.reject([key], because: "belongs to preset: \(owners), but the preset is \(preset)")
            }
            try self.init(preset: preset, reading: reader)
        case (_?, _?):
            throw ConfigurationError(
                place: reader.node.place, keyPath: reader.path, problem: "expected preset or layers, found both")
        case (nil, nil):
            self = try reader.required("preset", nil, expected: "a preset such as mlp, or a list of layers")
        }
    }

    private init(preset: String, reading reader: SectionReader) throws(ConfigurationError) {
        switch preset {
        case "mlp":
            self = .mlp(try Configuration.Model.MultilayerPerceptron(reading: reader))
        case "lenet5":
            self = .lenet5
        case "cnn":
            self = .cnn(try Configuration.Model.ConvolutionalNetwork(reading: reader))
        case "wrn16-4":
            self = .wideResnet(try Configuration.Model.WideResidualNetwork(reading: reader))
        default:
            guard let depth = Configuration.Model.ResidualNetwork.depths.first(where: { preset == "resnet\($0)" })
            else { preconditionFailure("nothing is read for the preset \(preset)") }
            self = .resnet(try Configuration.Model.ResidualNetwork(depth: depth, reading: reader))
        }
    }

    /// The keys that go with a preset; those of all presets for nil.
    private static func keys(of preset: String?) -> [String] {
        switch preset {
        case nil: ["hidden", "activation", "dropout", "shortcut", "synchronized"]
        case "mlp": ["hidden", "activation", "dropout"]
        case "lenet5": []
        case "cnn": ["dropout"]
        case "wrn16-4": ["dropout", "synchronized"]
        default: ["shortcut", "synchronized"]
        }
    }

    /// The layers under `key`.
    fileprivate static func layers(
        of key: String, _ reader: SectionReader
    ) throws(ConfigurationError) -> [Configuration.Model.Layer]? {
        try reader.list(
            key, expected: "layers such as {dense: {units: 10}}", Configuration.Model.Layer.init(reading:))
    }
}

extension Configuration.Model.MultilayerPerceptron {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        hidden = try reader.integers("hidden", .atLeast(1)) ?? hidden
        activation = try reader.choice("activation", Configuration.Model.Activation.self) ?? activation
        dropout = try reader.single("dropout", .from(0, below: 1)) ?? dropout
    }
}

extension Configuration.Model.ConvolutionalNetwork {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        dropout = try reader.single("dropout", .from(0, below: 1)) ?? dropout
    }
}

extension Configuration.Model.ResidualNetwork {
    init(depth: Int, reading reader: SectionReader) throws(ConfigurationError) {
        self.init(depth: depth)
        shortcut = try reader.choice("shortcut", Configuration.Model.Shortcut.self) ?? shortcut
        synchronized = try reader.boolean("synchronized") ?? synchronized
    }
}

extension Configuration.Model.WideResidualNetwork {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        dropout = try reader.single("dropout", .from(0, below: 1)) ?? dropout
        synchronized = try reader.boolean("synchronized") ?? synchronized
    }
}

// MARK: - Layers

extension Configuration.Model.Layer {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        let (kind, section) = try reader.kind(Self.kinds)
        switch kind {
        case "dense":
            self = .dense(try Configuration.Model.Dense(reading: section))
        case "convolution":
            self = .convolution(try Configuration.Model.Convolution(reading: section))
        case "batchNormalization":
            self = .batchNormalization(try Configuration.Model.BatchNormalization(reading: section))
        case "layerNormalization":
            self = .layerNormalization(epsilon: try section.single("epsilon", .above(0)) ?? 1e-5)
        case "maxPooling":
            self = .maxPooling(try Configuration.Model.Pooling(reading: section))
        case "averagePooling":
            self = .averagePooling(try Configuration.Model.Pooling(reading: section))
        case "globalAveragePooling":
            self = .globalAveragePooling
        case "flatten":
            self = .flatten
        case "dropout":
            let rate = try section.required(
                "rate", section.single("rate", .from(0, below: 1)), expected: "the probability to drop a value")
            self = .dropout(rate: rate)
        case "residual":
            self = .residual(try Configuration.Model.Residual(reading: section))
        default:
            guard let activation = Configuration.Model.Activation(rawValue: kind) else {
                preconditionFailure("no layer is read for the kind \(kind)")
            }
            self = .activation(activation)
        }
    }
}

extension Configuration.Model.Dense {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        self.init(
            units: try reader.required("units", reader.integer("units", .atLeast(1)), expected: "the number of units"))
        bias = try reader.boolean("bias") ?? bias
        initializer = try reader.initializer()
    }
}

extension Configuration.Model.Convolution {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        self.init(
            channels: try reader.required(
                "channels", reader.integer("channels", .size), expected: "the number of output channels"),
            kernel: try reader.requiredKernel())
        stride = try reader.extent("stride", .size) ?? stride
        padding = try reader.extent("padding", .sizeOrNone) ?? padding
        groups = try reader.integer("groups", .size) ?? groups
        bias = try reader.boolean("bias") ?? bias
        initializer = try reader.initializer()
    }
}

extension Configuration.Model.BatchNormalization {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        momentum = try reader.single("momentum", .above(0, through: 1)) ?? momentum
        epsilon = try reader.single("epsilon", .above(0)) ?? epsilon
        synchronized = try reader.boolean("synchronized") ?? synchronized
    }
}

extension Configuration.Model.Pooling {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        self.init(kernel: try reader.requiredKernel())
        stride = try reader.extent("stride", .size) ?? stride
        padding = try reader.extent("padding", .sizeOrNone) ?? padding
    }
}

extension Configuration.Model.Residual {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        self.init(
            branch: try reader.required(
                "branch", Configuration.Model.Architecture.layers(of: "branch", reader), expected: "a list of layers"))
        guard let node = reader.value("shortcut") else { return }
        switch node.plainText {
        case "identity": shortcut = .identity
        case "padding": shortcut = .padding
        default:
            guard case .sequence = node.content,
                let layers = try Configuration.Model.Architecture.layers(of: "shortcut", reader)
            else { throw reader.mismatch("shortcut", expected: "identity, padding or a list of layers", found: node) }
            shortcut = .layers(layers)
        }
    }
}

extension SectionReader {
    fileprivate func initializer() throws(ConfigurationError) -> Configuration.Model.Initializer? {
        let initializers = Configuration.Model.Initializer.allCases.map(\.rawValue)
        return try choice("initializer", ["auto"] + initializers)
            .flatMap(Configuration.Model.Initializer.init(rawValue:))
    }

    fileprivate func requiredKernel() throws(ConfigurationError) -> Configuration.Model.Extent {
        try required("kernel", extent("kernel", .size), expected: "the kernel's size such as 3 or [3, 5]")
    }

    /// One number for height and width, or `[height, width]`.
    fileprivate func extent(
        _ key: String, _ limit: Limit<Int>
    ) throws(ConfigurationError) -> Configuration.Model.Extent? {
        guard let node = value(key) else { return nil }
        switch node.content {
        case .sequence(let sides) where sides.count == 2:
            guard let sides = try integers(key, limit) else { return nil }
            return .init(height: sides[0], width: sides[1])
        case .scalar(let text, true):
            guard let side = Int(text), limit.contains(side) else { break }
            return .init(side)
        default: break
        }
        throw mismatch(key, expected: "an integer \(limit.text), or [height, width]", found: node)
    }
}

extension Limit<Int> {
    /// Of a window or of channels: far beyond any use, and far from overflow.
    fileprivate static let size = Self.from(1, through: 65536)
    fileprivate static let sizeOrNone = Self.from(0, through: 65536)
}
