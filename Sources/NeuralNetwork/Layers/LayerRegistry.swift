import Settings

/// The layers that a configuration names.
public enum LayerRegistry {
    public static let all = Registry<any LayerSpecification>(
        [Dense.self, Convolution.self, BatchNormalization.self, LayerNormalization.self] + activations.types + [
            GroupNormalization.self,
            InstanceNormalization.self,
            RMSNormalization.self,
            LayerScale.self,
            MaxPooling.self,
            AveragePooling.self,
            AdaptiveAveragePooling.self,
            GlobalAveragePooling.self,
            GlobalMaxPooling.self,
            Flatten.self,
            Dropout.self,
            StochasticDepth.self,
            Residual.self,
            Embedding.self,
            ColumnEmbeddings.self,
            PositionwiseDense.self,
            MeanPooling.self,
            AttentionPooling.self,
            ClassToken.self,
            TokenSelection.self,
            PositionalEncoding.self,
            Transposition.self,
            Attention.self,
            TransformerBlock.self,
            PatchEmbedding.self,
            Upsampling.self,
            TransposedConvolution.self,
            SqueezeExcitation.self,
            Concatenation.self,
            Addition.self,
            Named.self,
        ])

    public static let activations = Registry<any Activation>([
        ReLU.self,
        Tanh.self,
        Sigmoid.self,
        GELU.self,
        SiLU.self,
        LeakyReLU.self,
        ELU.self,
        HardSwish.self,
        Softplus.self,
        ReLU6.self,
    ])
}

// MARK: - Settings of several

extension Setting where Root: LayerSpecification {
    static func channels(_ path: any WritableKeyPath<Root, Int> & Sendable) -> Self {
        .init(
            required: "channels", path, .size, expected: "the number of output channels", "channels of the output")
    }

    static func groups(_ path: any WritableKeyPath<Root, Int> & Sendable) -> Self {
        .init(
            "groups", path, .size,
            "parts that the channels of input and output are cut into, each output seeing one part of the input")
    }

    /// - Parameter before: what He's distribution is chosen in front of.
    static func initializer(
        _ path: any WritableKeyPath<Root, Initializer?> & Sendable, heBefore before: String
    ) -> Self {
        .init(
            "initializer", path, or: "auto",
            "distribution of the initial weights: he, normal with variance 2 / fan-in, or glorot, uniform in ±√(6 / (fan-in + "
                + "fan-out)); auto: he before \(before), else glorot")
    }

    static func bias(_ path: any WritableKeyPath<Root, Bool> & Sendable) -> Self {
        .init("bias", path, "numbers added to what comes out, one a unit or channel, 0 at first")
    }

    static func epsilon(_ path: any WritableKeyPath<Root, Double> & Sendable) -> Self {
        .init("epsilon", path, .above(0).inSinglePrecision, "number added to the variance")
    }
}

extension Setting {
    static func synchronized(_ path: any WritableKeyPath<Root, Bool> & Sendable) -> Self {
        .init(
            "synchronized", path,
            "statistics of batch normalization taken over the global batch, and not over each rank's samples")
    }

    static func dropout(_ path: any WritableKeyPath<Root, Double> & Sendable, _ meaning: String) -> Self {
        .init("dropout", path, .dropping, meaning)
    }

    static func layers(
        _ key: String, _ path: any WritableKeyPath<Root, [any LayerSpecification]> & Sendable, _ meaning: String
    ) -> Self {
        .init(components: key, path, of: "layers", example: LayerRegistry.example, among: LayerRegistry.all, meaning)
    }
}

extension LayerRegistry {
    /// A layer as messages show one.
    static let example = "{dense: {units: 10}}"
}

extension Limit<Double> {
    /// Limit of a probability to drop a value.
    static var dropping: Self { .from(0, below: 1).inSinglePrecision }
}

extension Limit<Int> {
    /// Limit of a window or of channels: far beyond any use, and far from overflow.
    static let size = Self.from(1, through: 65536)
    static let sizeOrNone = Self.from(0, through: 65536)
}
