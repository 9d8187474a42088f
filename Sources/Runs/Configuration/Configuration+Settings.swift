import LearningRate
import Optimizers
import Settings

extension Configuration: Configurable {
    /// The embedded digits and a multilayer perceptron.
    public init() { self.init(data: Data(), model: Model()) }

    public static let settings: [Setting<Self>] = [
        Setting(
            "seed", \.seed, .from(0, through: .max),
            "seed of everything random: initial weights, order, dropout, held-out samples, synthetic data"
        ).alsoKnownAs("random_seed", "random_state", "manual_seed"),
        Setting(
            component: "task", \.task, among: LearningTasks.all,
            "what is predicted of a sample: its class, real numbers, or labels that it has or has not"
        ).alsoKnownAs("problem_type", "objective"),
        Setting(
            section: "data", \.data, expected: "a section such as {format: digits}",
            "where samples and labels come from, and what is done to them before training"),
        Setting(
            section: "model", \.model, expected: "a section such as {preset: mlp}",
            "what the network is made of, and how it is computed"),
        Setting(section: "training", \.training, "how long and in what portions"),
        Setting(section: "optimizer", \.optimizer, "how the gradient changes the parameters").reading {
            reader, root, read throws(ConfigurationError) in
            root.optimizer = Optimizer(for: root.model)
            var reader = reader
            reader.setDefault(root.optimizer.rule, of: (any Optimizers.Optimizer).self)
            try read(reader, &root)
        },
        Setting(section: "learningRate", \.learningRate, "the learning rate and what finds it").reading {
            reader, root, read throws(ConfigurationError) in
            guard let rate = root.optimizer.published?.rate else { return try read(reader, &root) }
            var reader = reader
            root.learningRate.schedule = Constant(rate: .fixed(rate))
            reader.setDefault(root.learningRate.schedule, of: (any Schedule).self)
            try read(reader, &root)
            root.learningRate.schedule = root.learningRate.schedule.replacingAuto(by: rate)
        },
        Setting(section: "averaging", \.averaging, "an average of the parameters, which is evaluated and kept"),
        Setting(section: "reproducible", \.reproducible, "results that do not depend on the number of ranks"),
        Setting(section: "reduction", \.reduction, "how ranks exchange gradients"),
        Setting(section: "checkpoint", \.checkpoint, "when a run keeps what it can be continued from"),
        Setting(section: "output", \.output, "what a run writes besides metrics and weights"),
    ]

    /// The first setting that contradicts another one of another section.
    public var contradiction: Contradiction? {
        taskContradiction ?? modelContradiction ?? trainingContradiction ?? publishedRateContradiction
            ?? learningRateContradiction
            ?? layerDecayContradiction
            ?? averagingContradiction
            ?? reproducibleContradiction
    }
}
