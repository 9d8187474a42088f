/// Everything an experiment depends on, as plain values; equal configurations describe equal experiments.
///
/// Every property has the default that a YAML file without the key gets, except for the two choices that no default can
/// make: the data and the model. Read from YAML with ``Configuration/load(path:overrides:additions:note:)``, written with
/// ``Configuration/yaml``.
public struct Configuration: Equatable, Sendable {
    /// The seed of everything random: initial weights, order, dropout, held-out samples, synthetic data. Key `seed`,
    /// default 1.
    public var seed: UInt64 = 1
    public var data: Data
    public var model: Model
    public var training = Training()
    public var optimizer = Optimizer()
    public var learningRate = LearningRate()
    public var averaging = Averaging()
    public var reproducible = Reproducible()
    public var reduction = Reduction()
    public var checkpoint = Checkpoint()
    public var output = Output()

    public init(data: Data, model: Model) {
        self.data = data
        self.model = model
    }
}
