import DataParallel
import Datasets
import LearningRate
import MPI
import NeuralNetwork
import Optimizers

extension Replica {
    /// All that makes a replica besides network and data.
    public struct Settings: Sendable {
        public var seed: UInt64
        /// Samples of a step over all ranks.
        public var globalBatch: Int
        /// The most samples of a rank that go through the network at once; nil for all of a step. The gradients of the
        /// pieces are added; statistics of normalisations are those of a piece.
        public var microBatch: Int?
        /// The parts, a power of two, that each global batch is cut into at any number of ranks, so that results do not
        /// depend on it; nil for one a rank.
        public var shards: Int?
        public var numerics = Network.Options()
        /// Changes each training sample, anew in each epoch.
        public var augmentation: Augmentation?
        public var labelSmoothing: Float = 0
        /// Weights of the classes in the loss of the steps; nil for the same of all.
        public var classWeights: ClassWeights?
        /// The loss of real targets.
        public var targetLoss: any TargetLoss = MeanSquaredError()
        /// Averages the parameters over the updates; nil for no average.
        public var averaging: WeightAveraging?
        public var clipNorm: Double?
        /// Share of the learning rate that each step of depth leaves, above 0 through 1; see `Network.depths`.
        public var layerDecay = 1.0
        /// True where a step with a loss or a gradient that is not finite leaves everything as it was, running statistics and
        /// losses counted too, but for the counts of predictions. Costs a norm of the gradient a step.
        public var leavesOutNonFiniteSteps = false
        /// How mutual information is measured.
        public var information = InformationSettings()
        /// How nodes exchange gradients.
        public var reduction = ReductionSettings()
        /// True where ranks of a node share one copy of the parameters.
        public var sharesMemory = true

        public init(seed: UInt64, globalBatch: Int) {
            self.seed = seed
            self.globalBatch = globalBatch
        }

        /// - Throws: `ShardMismatch` where the ranks cannot share the shards out.
        package func shards(over communicator: any Communicator) throws(ShardMismatch) -> Shards {
            guard let shards else { return Shards(rank: communicator.rank, ranks: communicator.size) }
            return try Shards(count: shards, rank: communicator.rank, ranks: communicator.size)
        }

        /// Whether a fixed number of shards suits the batch and the network.
        func check(
            _ shards: Shards, sampleCount: Int, _ specification: NetworkSpecification
        ) throws {
            guard shards.isFixed else { return }
            let samples = min(globalBatch, sampleCount)
            guard shards.count <= samples else {
                throw DatasetError(
                    .invalidOption, "reproducible.shards", expected: "at most one a sample of a batch (\(samples))",
                    found: "\(shards.count)", remedy: "lower it")
            }
            precondition(microBatch == nil, "shards are what goes through the network at once")
            precondition(
                !specification.synchronizesStatistics, "statistics over all ranks depend on the order of their sum")
        }
    }
}
