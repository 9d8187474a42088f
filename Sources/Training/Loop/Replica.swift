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
    /// The most samples that go through the network at once.
    private let microBatch: Int
    private let accumulator: GradientAccumulator?
    private let augmentation: Augmentation?
    private let synchronizesStatistics: Bool

    /// Where the time of the steps goes; nil to measure nothing.
    public var profile: TrainingProfile?

    /// Evaluation takes at least this many samples at a time, unless micro-batches are smaller.
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
        augmentation = settings.augmentation
        let batches = try communicator.agree {
            try BatchPlan(sampleCount: training.count, globalBatch: settings.globalBatch, ranks: communicator.size)
        }
        self.batches = batches
        DNNLEngine.flushSubnormals()
        // Equal parts of the largest slice, so that most steps need one plan.
        let pieces = BatchPlan.pieceCount(batches.largestSlice, atMost: settings.microBatch)
        microBatch = (batches.largestSlice - 1) / pieces + 1
        let maximumBatch = max(
            microBatch, settings.microBatch.map { min($0, Self.evaluationBatch) } ?? Self.evaluationBatch)
        network = try communicator.agree { [microBatch] in
            try Network(
                specification, options: settings.numerics, nominalBatch: microBatch, maximumBatch: maximumBatch,
                seed: settings.seed,
                sumOverRanks: { values in
                    var span = values.mutableSpan
                    try communicator.allReduce(&span, .sum)
                })
        }
        try Self.comparePrimitives(of: network, over: communicator)
        synchronizesStatistics = specification.synchronizesStatistics && communicator.size > 1
        let topology = try NodeTopology(communicator, sharesMemory: settings.sharesMemory)
        update = try ParallelUpdate(
            topology, layout: network.layout, optimizer: optimizer, clipNorm: settings.clipNorm)
        network.bind(parameters: update.arenas.parameters, gradient: update.arenas.gradient)
        accumulator = pieces > 1 ? GradientAccumulator(update.arenas) : nil
        order = GlobalOrder(seed: settings.seed, epoch: 0, count: training.count)
        indices = .allocate(capacity: maximumBatch)
        indices.initialize(repeating: 0)
        if topology.node.rank == 0 { try network.initializeParameters() }
        try update.arenas.synchronize()
    }

    /// Collective. Layouts and rounding depend on what computes the layers: it is the same on all ranks.
    private static func comparePrimitives(of network: Network, over communicator: any Communicator) throws {
        // FNV-1a, over the names in a fixed order.
        let text = network.primitives.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.sorted { $0.key < $1.key })" }.joined(separator: "\n")
        let hash = text.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        let number = Int64(bitPattern: hash)
        guard try communicator.allReduce(number, .min) != communicator.allReduce(number, .max) else { return }
        let sets = try communicator.allGather(Array(DNNLEngine.instructionSet.utf8))
            .map { String(decoding: $0, as: UTF8.self) }
        let other = sets.firstIndex { $0 != sets[0] } ?? 0
        throw AgreedError(
            everywhere: TrainingError.unlikePrimitives(rank: other, instructionSet: sets[other], first: sets[0]))
    }

    deinit {
        indices.deallocate()
    }

    /// What a replica needs to know besides network and data.
    public struct Settings: Sendable {
        public var seed: UInt64
        /// Samples of a step over all ranks.
        public var globalBatch: Int
        /// The most samples of a rank that go through the network at once; nil for all of a step. The gradients of the
        /// pieces are added; statistics of normalisations are those of a piece.
        public var microBatch: Int?
        public var numerics = Network.Options()
        /// What is done to each training sample, anew in each epoch.
        public var augmentation: Augmentation?
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
        if epoch != orderEpoch {
            order = GlobalOrder(seed: seed, epoch: epoch, count: training.count)
            orderEpoch = epoch
        }
        var loss = BatchLoss()
        let pieces = BatchPlan.pieceCount(mine.count, atMost: microBatch)
        for piece in 0..<pieces {
            let samples = BatchPlan.slice(of: mine, rank: piece, ranks: pieces)
            let position = BatchPosition(step: step, firstSample: samples.lowerBound - batch.lowerBound)
            loss += try pass(samples, position, gradientScale: 1 / Float(batch.count), &statistics)
            accumulator?.add(piece, of: pieces)
        }
        // A short last batch can have fewer samples than there are ranks.
        if pieces == 0 { update.arenas.clearGradient() }
        if synchronizesStatistics { try joinPasses(after: pieces, ofStep: stepOfEpoch) }
        return try measured(.update) { try update(loss: loss, rate: rate, profile: profile?.update) }
    }

    /// Forward and backward pass of some samples; their gradient is in the arena after it.
    private func pass(
        _ samples: Range<Int>, _ position: BatchPosition, gradientScale: Float, _ statistics: inout CycleStatistics
    ) throws -> BatchLoss {
        let plan = try network.plan(batch: samples.count, mode: .training)
        measured(.data) { load(samples, of: training, in: order, augmentedBy: augmentation, into: plan) }
        try plan.forward(position, profile: profile?.steps)
        let loss = measured(.loss) { plan.loss(labelSmoothing: labelSmoothing, gradientScale: gradientScale) }
        statistics.add(plan, loss: loss)
        try plan.backward(position, profile: profile?.steps)
        return loss
    }

    /// Takes part in the synchronised statistics of the pieces that other ranks have and this one doesn't.
    private func joinPasses(after pieces: Int, ofStep step: Int) throws {
        let most = BatchPlan.pieceCount(batches.slice(ofStep: step, rank: 0).count, atMost: microBatch)
        for _ in pieces..<most { try network.plan(batch: 1, mode: .training).runWithoutSamples() }
    }

    @inline(__always)
    private func measured<Result>(_ phase: TrainingProfile.Phase, _ body: () throws -> Result) rethrows -> Result {
        guard let profile else { return try body() }
        return try profile.measure(phase, body)
    }

    /// Collective. Averages the running statistics of all ranks, which are those of the ranks' own samples. They are moving
    /// averages, linear in what each batch gave: where every rank has had as many batches, the mean is the moving average of
    /// what all gave.
    public func averageStatistics() throws {
        let values = network.statisticValues
        guard communicator.size > 1, !values.isEmpty else { return }
        // In Double the sum of equal floats is exact: averaged statistics stay what they are.
        var sums = values.map(Double.init)
        try communicator.allReduce(&sums, .sum)
        for (index, sum) in sums.enumerated() { values[index] = Float(sum / Double(communicator.size)) }
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
            load(positions, of: dataset, in: order, augmentedBy: nil, into: plan)
            try plan.forward()
            statistics.add(plan, loss: plan.loss())
            start = positions.upperBound
        }
        try statistics.reduce(over: communicator)
        return statistics
    }

    /// Collective. Runs `body`, then sets parameters, optimizer state and running statistics back to what they were, also
    /// when it throws. There is no other state: random numbers are functions of the step.
    func restoringParameters<Result>(after body: () throws -> Result) throws -> Result {
        let arenas = [update.arenas.parameters] + update.arenas.state
        // Nobody updates before the copy is taken.
        let copies = isFirstOfNode ? arenas.map(Array.init) : []
        let statistics = Array(network.statisticValues)
        try update.arenas.synchronize()
        func restore() {
            for (arena, copy) in zip(arenas, copies) { _ = arena.update(from: copy) }
            _ = network.statisticValues.update(from: statistics)
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

    private func load(
        _ positions: Range<Int>, of dataset: any Dataset, in order: GlobalOrder,
        augmentedBy augmentation: Augmentation?,
        into plan: ExecutionPlan
    ) {
        let chosen = UnsafeMutableBufferPointer(rebasing: indices[..<positions.count])
        var samples = chosen.mutableSpan
        order.copySamples(at: positions, into: &samples)
        var features = plan.input.mutableSpan
        var labels = plan.labels.mutableSpan
        dataset.copyBatch(
            UnsafeBufferPointer(chosen).span, augmentedBy: augmentation, epoch: orderEpoch, into: &features,
            labels: &labels)
    }
}
