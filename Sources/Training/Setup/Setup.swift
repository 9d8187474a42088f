import DataParallel
import Datasets
import LearningRate
import MPI
import NeuralNetwork

/// An experiment as one rank holds it: the configuration with its data loaded and its network made.
public struct Setup {
    public let configuration: Configuration
    public let data: LoadedData
    public let replica: Replica

    /// Collective.
    ///
    /// - Parameters:
    ///   - dataRoot: the directory that relative paths of the data start from.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - standardization: as kept with weights; nil to measure it where the configuration asks for it.
    /// - Throws: `AgreedError` of a `DatasetError`, `ConfigurationError`, `UnsupportedPrecision` or `DNNLError`; `MPIError`.
    public init(
        _ configuration: Configuration, dataRoot: String?, emulated: Bool = false,
        standardization: Standardization? = nil, over communicator: any Communicator
    ) throws {
        DNNLEngine.setThreadCount(configuration.training.threads)
        let numerics = configuration.numerics(emulated: emulated)
        // Before the data, which may take long.
        try communicator.agree { try numerics.precision.checkSupport(emulated: emulated) }
        let data = try communicator.agree {
            try configuration.loadData(root: dataRoot, standardization: standardization)
        }
        let network = try communicator.agree {
            try configuration.network(sampleShape: data.train.sampleShape, classCount: data.train.classCount)
        }
        var settings = Replica.Settings(seed: configuration.seed, globalBatch: configuration.training.batch)
        settings.labelSmoothing = Float(configuration.training.labelSmoothing)
        settings.clipNorm = configuration.optimizer.clipNorm
        settings.microBatch = configuration.training.microBatch
        settings.numerics = numerics
        settings.augmentation = configuration.augmentation
        replica = try Replica(
            network, training: data.train, optimizer: configuration.updateRule, settings: settings,
            over: communicator)
        self.configuration = configuration
        self.data = data
    }

    /// One line: what is trained, on what, by how many.
    public var summary: String {
        let batches = replica.batches
        let ranks = replica.communicator.size
        return "\(data.train.count) training and \(data.test.count) test samples \(data.train.sampleShape) in "
            + "\(data.train.classCount) classes; \(replica.network.layout.parameterCount) parameters; \(ranks) "
            + "\(ranks == 1 ? "rank" : "ranks"); \(batches.stepsPerEpoch) steps an epoch of \(batches.globalBatch) samples"
    }

    /// Collective. The trainer of this experiment; the range test comes first where the configuration leaves the bounds to
    /// it.
    ///
    /// - Throws: `AgreedError` of `TrainingError.noBounds`; `MPIError`, `DNNLError`.
    public func trainer() throws -> Trainer {
        guard configuration.needsRangeTest else { return trainer(bounds: nil) }
        return trainer(bounds: try replica.run(configuration.rangeTest).outcome.required())
    }

    /// The trainer of this experiment, with the bounds of a range test where the configuration leaves them to it.
    func trainer(bounds: RateBounds?) -> Trainer {
        let training = configuration.training
        return Trainer(
            replica,
            schedule: configuration.schedule(bounds: bounds, stepsPerEpoch: replica.batches.stepsPerEpoch),
            plan: Trainer.Plan(
                epochs: training.epochs, cycle: training.cycle, maximumSteps: training.steps,
                source: configuration.source),
            validation: data.validation, test: data.test)
    }
}

extension RangeTest.Outcome {
    /// The bounds; throws on all ranks alike where there are none.
    func required() throws -> RateBounds {
        switch self {
        case .bounds(let bounds, _, _): return bounds
        case .none(let failure): throw AgreedError(everywhere: TrainingError.noBounds("\(failure)"))
        }
    }
}
