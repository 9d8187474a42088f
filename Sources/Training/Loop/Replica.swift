import DataParallel
import Datasets
import MPI
import NeuralNetwork
import Optimizers

/// One rank's part of the network and of the training set: does single steps, knows nothing of epochs or schedules.
public final class Replica {
    public let communicator: any Communicator
    public let network: Network
    /// Classes of the training set.
    public var classCount: Int { training.classCount }
    /// Which samples belong to which step and rank.
    public let batches: BatchPlan
    package let update: ParallelUpdate
    /// Whether this rank is the one that sets the parameters of its node from outside.
    public var isFirstOfNode: Bool { update.isFirstOfNode }

    private let training: any Dataset
    private let seed: UInt64
    private let labelSmoothing: Float
    private var order: GlobalOrder
    private var orderEpoch = 0
    private let indices: UnsafeMutableBufferPointer<Int>

    /// Evaluation takes at least this many samples at a time, whatever the batch.
    private static let evaluationBatch = 128

    /// Collective. Makes the network, its arenas and its initial parameters.
    ///
    /// - Parameters:
    ///   - training: the training samples.
    ///   - specification: from sample to logits, with `training.classCount` of them.
    public init(
        _ specification: NetworkSpecification, training: any Dataset, optimizer: any Optimizer,
        settings: Settings, over communicator: any Communicator
    ) throws {
        self.communicator = communicator
        self.training = training
        seed = settings.seed
        labelSmoothing = settings.labelSmoothing
        let batches = try communicator.agree {
            try BatchPlan(sampleCount: training.count, globalBatch: settings.globalBatch, ranks: communicator.size)
        }
        self.batches = batches
        DNNLEngine.flushSubnormals()
        let maximumBatch = max(batches.largestSlice, Self.evaluationBatch)
        network = try Network(
            specification, nominalBatch: batches.largestSlice, maximumBatch: maximumBatch, seed: settings.seed)
        let topology = try NodeTopology(communicator, sharesMemory: settings.sharesMemory)
        update = try ParallelUpdate(
            topology, layout: network.layout, optimizer: optimizer, clipNorm: settings.clipNorm)
        network.bind(parameters: update.arenas.parameters, gradient: update.arenas.gradient)
        order = GlobalOrder(seed: settings.seed, epoch: 0, count: training.count)
        indices = .allocate(capacity: maximumBatch)
        indices.initialize(repeating: 0)
        if topology.node.rank == 0 { try network.initializeParameters() }
        try update.arenas.synchronize()
    }

    deinit {
        indices.deallocate()
    }

    /// What a replica needs to know besides network and data.
    public struct Settings: Sendable {
        public var seed: UInt64
        /// Samples of a step over all ranks.
        public var globalBatch: Int
        public var labelSmoothing: Float = 0
        public var clipNorm: Double?
        /// Whether ranks of a node share one copy of the parameters.
        public var sharesMemory = true

        public init(seed: UInt64, globalBatch: Int) {
            self.seed = seed
            self.globalBatch = globalBatch
        }
    }

    /// Collective. One update from one global batch; allocates nothing once every batch size has occurred.
    ///
    /// - Parameters:
    ///   - step: updates done before, which decides the samples: step mod stepsPerEpoch of epoch step / stepsPerEpoch.
    ///   - statistics: counts this rank's samples.
    /// - Returns: the loss over all ranks and whether there was an update: not with a sample whose loss is not finite.
    public func step(_ step: Int, rate: Double, statistics: inout CycleStatistics) throws -> StepOutcome {
        let (epoch, stepOfEpoch) = step.quotientAndRemainder(dividingBy: batches.stepsPerEpoch)
        let batch = batches.batch(ofStep: stepOfEpoch)
        let mine = batches.slice(ofStep: stepOfEpoch, rank: communicator.rank)
        guard !mine.isEmpty else {
            // A short last batch can have fewer samples than there are ranks.
            update.arenas.clearGradient()
            return try update(loss: BatchLoss(), rate: rate)
        }
        let plan = try network.plan(batch: mine.count, mode: .training)
        let position = BatchPosition(step: step, firstSample: mine.lowerBound - batch.lowerBound)
        if epoch != orderEpoch {
            order = GlobalOrder(seed: seed, epoch: epoch, count: training.count)
            orderEpoch = epoch
        }
        load(mine, of: training, in: order, into: plan)

        try plan.forward(position)
        let loss = plan.loss(labelSmoothing: labelSmoothing, gradientScale: 1 / Float(batch.count))
        statistics.add(plan, loss: loss)
        try plan.backward(position)
        return try update(loss: loss, rate: rate)
    }

    /// Collective. Runs the network over `dataset`, each sample once, on one rank.
    ///
    /// - Returns: the statistics of all ranks; the loss is without label smoothing.
    public func evaluate(_ dataset: any Dataset) throws -> CycleStatistics {
        var statistics = CycleStatistics(classCount: training.classCount)
        let mine = BatchPlan.evaluationSlice(
            count: dataset.count, rank: communicator.rank, ranks: communicator.size)
        let order = GlobalOrder(seed: seed, epoch: 0, count: dataset.count, shuffled: false)
        var start = mine.lowerBound
        while start < mine.upperBound {
            let positions = start..<min(start + network.maximumBatch, mine.upperBound)
            let plan = try network.plan(batch: positions.count, mode: .inference)
            load(positions, of: dataset, in: order, into: plan)
            try plan.forward()
            statistics.add(plan, loss: plan.loss())
            start = positions.upperBound
        }
        try statistics.reduce(over: communicator)
        return statistics
    }

    /// Collective. Runs `body`, then sets parameters and optimizer state back to what they were, also when it throws.
    /// There is no other state: random numbers are functions of the step.
    func restoringParameters<Result>(after body: () throws -> Result) throws -> Result {
        let arenas = [update.arenas.parameters] + update.arenas.state
        // Nobody updates before the copy is taken.
        let copies = isFirstOfNode ? arenas.map(Array.init) : []
        try update.arenas.synchronize()
        func restore() {
            for (arena, copy) in zip(arenas, copies) { _ = arena.update(from: copy) }
        }
        let result: Result
        do {
            result = try body()
        } catch {
            restore()
            throw error
        }
        restore()
        try update.arenas.synchronize()
        return result
    }

    private func load(_ positions: Range<Int>, of dataset: any Dataset, in order: GlobalOrder, into plan: ExecutionPlan)
    {
        let chosen = UnsafeMutableBufferPointer(rebasing: indices[..<positions.count])
        var samples = chosen.mutableSpan
        order.copySamples(at: positions, into: &samples)
        var features = plan.input.mutableSpan
        var labels = plan.labels.mutableSpan
        dataset.copyBatch(UnsafeBufferPointer(chosen).span, into: &features, labels: &labels)
    }
}
