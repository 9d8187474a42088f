import LearningRate
import Optimizers
import Settings

extension Configuration {
    /// Section `optimizer`.
    public struct Optimizer: Configurable {
        public var rule: any Optimizers.Optimizer = SGD()
        public var clipNorm: Double?

        public init() {}

        /// The rule that stands where none is chosen for a network.
        ///
        /// SGD with momentum takes steps of one size in all parameters. Behind a normalization of single positions, and in
        /// attention, gradients of different parameters differ so much that the rate at which some learn is far above that at
        /// which others diverge; AdamW divides each by its own root mean square.
        public init(for model: Model) {
            if model.architecture.favorsAdaptiveRates { rule = AdamW() }
        }

        public static let settings: [Setting<Self>] = [
            .init(
                choice: "name", \.rule, "optimizer", among: OptimizerRegistry.all,
                "update rule; without the key adamw where the network has attention, an embedding, or layer or RMS "
                    + "normalization"
            ).alsoKnownAs(
                "type", "algorithm", "solver"),
            .init(
                "clipNorm", \.clipNorm, .above(0).inSinglePrecision,
                "largest L2 norm of the whole gradient, longer ones are scaled down to it; null: no clipping"
            ).alsoKnownAs("max_grad_norm", "clip_grad_norm", "gradient_clip_val", "gradient_clipping"),
        ]

        /// The name, and the rate that its paper gives, of an optimizer whose rate is not searched for; nil for others.
        var published: (name: String, rate: Double)? {
            let type = type(of: rule)
            return type.publishedRate.map { (type.name, $0) }
        }
    }

    /// One line on the optimizer where it is the one that such networks have without a choice; nil where it is another, or that of
    /// all networks.
    var optimizerOfNetwork: String? {
        let (own, all) = (Optimizer(for: model), Optimizer())
        guard own != all, type(of: optimizer.rule) == type(of: own.rule) else { return nil }
        return
            "optimizer: \(type(of: own.rule).name), the default of networks with attention, an embedding, or layer or RMS "
            + "normalization; of others it is \(type(of: all.rule).name) (optimizer.name)"
            + (searchesBounds ? "" : "; the rate that is set is one of \(type(of: own.rule).name)")
    }

    /// A setting that does not go with an optimizer that has a published rate.
    var publishedRateContradiction: Contradiction? {
        guard let (name, rate) = optimizer.published else { return nil }
        if let (key, expected) = learningRate.schedule.placeOfAuto {
            return Contradiction(
                "learningRate.\(key)",
                "expected \(expected) with optimizer \(name), whose rate is \(rate) and not searched for, found auto"
            )
        }
        if learningRate.schedule.layerSettings != nil {
            return Contradiction("learningRate.layers", "expected null with optimizer \(name), found rates of layers")
        }
        return nil
    }
}

extension Configuration.Optimizer: Equatable {
    public static func == (one: Self, other: Self) -> Bool { one.written == other.written }
}
