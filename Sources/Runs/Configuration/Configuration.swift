import NeuralNetwork
import Settings
import Training

/// Everything an experiment depends on, as plain values; equal configurations describe equal experiments.
///
/// Every property has the default that a YAML file without the key gets, except for the two choices that no default can
/// make: the data and the model. Read from YAML with ``Configuration/load(path:overrides:additions:note:)``, written with
/// ``Configuration/yaml``.
public struct Configuration: Sendable {
    /// The seed of everything random: initial weights, order, dropout, held-out samples, synthetic data. Key `seed`,
    /// default 1.
    public var seed: UInt64 = 1
    public var task: any LearningTask = Classification()
    public var data: Data
    public var model: Model
    public var training = Training()
    public var optimizer = Optimizer()
    public var learningRate = LearningRate()
    public var averaging = Averaging()
    public var reproducible = Reproducible()
    public var reduction = Reduction()
    public var checkpoint = Checkpointing()
    public var output = Output()
    /// Schedules, optimizers, data formats and so on of another package, which the configuration, its weights and its
    /// checkpoints may name. No setting.
    public var additions: [any Component.Type] = []
    /// What it was read from, with the network that stands there: for the places of layers that do not fit the data. No setting.
    var origin: (root: ConfigurationNode, architecture: any Architecture)?

    /// With the optimizer that stands for this network where none is chosen; see ``Optimizer/init(for:)``. Another model that is set
    /// later leaves it.
    public init(data: Data, model: Model) {
        self.data = data
        self.model = model
        optimizer = Optimizer(for: model)
    }
}

extension Configuration: Equatable {
    public static func == (one: Self, other: Self) -> Bool {
        one.written == other.written && one.model == other.model
    }
}
