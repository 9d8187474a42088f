import DataParallel
import Datasets
import LearningRate
import MPI
import NeuralNetwork
import Optimizers

/// One rank's part of the network and of the training set: does single steps, knows nothing of epochs or schedules.
public final class Replica {
    public let communicator: any Communicator
    public let network: Network
    /// Classes of the training set.
    public var classCount: Int { training.classCount }
    /// Loss of a network that knows nothing: ln K nats of K classes; of real targets that of their mean.
    package let lossOfGuessing: Double
    /// Which samples belong to which step and shard.
    public private(set) var batches: BatchPlan
    /// The parts that batches are cut into, and those of this rank.
    public let shards: Shards
    package let update: ParallelUpdate
    /// Whether this rank is the one that sets the parameters of its node from outside.
    public var isFirstOfNode: Bool { update.isFirstOfNode }

    package private(set) var training: any Dataset
    let information: InformationSettings
    let seed: UInt64
    /// The loss that steps compute of the outputs.
    let objective: Objective
    private(set) var order: GlobalOrder
    private(set) var orderEpoch = 0
    let indices: UnsafeMutableBufferPointer<Int>
    /// The most samples that go through the network at once.
    package let microBatch: Int
    package let accumulator: GradientAccumulator?
    /// Changes training samples; nil to leave them as they are.
    let augmenter: Augmenter?
    let synchronizesStatistics: Bool
    /// Samples of files that are announced, with room for all that are at once.
    var upcoming: [Int] = []
    private var hasTrained = false
    /// Whether a step whose numbers are not finite is as if it had not been.
    private let leavesOut: Bool
    /// The running statistics of this rank's shards.
    package let runningStatistics: ShardStatistics
    /// Weights that were set aside; nil for none.
    package var selected: SelectedWeights?
    /// True where these are in the place of the parameters.
    package var holdsSelected = false

    /// Where the time of the steps goes; nil to measure nothing.
    public var profile: TrainingProfile?
    /// Where it is recorded when this rank did what; nil not to.
    public var timeline: Timeline? {
        didSet { update.timeline = timeline }
    }

    /// Evaluation takes at least this many samples at a time, unless micro-batches are smaller.
    private static let evaluationBatch = 128

    /// Collective. Makes the network, its arenas and its initial parameters.
    ///
    /// - Parameters:
    ///   - training: the training samples.
    ///   - specification: from sample to logits, with `training.outputCount` of them.
    public init(
        _ specification: NetworkSpecification, training: any Dataset, optimizer: any Optimizer,
        settings: Settings, over communicator: any Communicator
    ) throws {
        self.communicator = communicator
        self.training = training
        information = settings.information
        seed = settings.seed
        objective =
            training.targetScales.isEmpty
            ? .classes(labelSmoothing: settings.labelSmoothing, weights: settings.classWeights)
            : training.hasLabels
                ? .labels(training.targetOutputs) : .targets(settings.targetLoss, training.targetOutputs)
        lossOfGuessing = objective.lossOfGuessing(on: training)
        let (shards, batches) = try communicator.agree {
            let shards = try settings.shards(over: communicator)
            try settings.check(shards, sampleCount: training.count, specification)
            return (
                shards,
                try BatchPlan(sampleCount: training.count, globalBatch: settings.globalBatch, ranks: shards.count)
            )
        }
        self.shards = shards
        self.batches = batches
        Processor.flushSubnormals()
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
        augmenter = settings.augmentation.flatMap {
            $0.isNone ? nil : Augmenter($0, sampleShape: training.sampleShape, largestBatch: maximumBatch)
        }
        precondition(
            settings.augmentation?.mixes != true || training.targetScales.isEmpty && settings.classWeights == nil,
            "samples with real targets or weights of classes cannot be mixed")
        try Self.comparePrimitives(of: network, over: communicator)
        synchronizesStatistics = specification.synchronizesStatistics && communicator.size > 1
        leavesOut = settings.leavesOutNonFiniteSteps
        runningStatistics = ShardStatistics(network.statisticValues, shards: shards.own.count)
        let topology = try NodeTopology(
            communicator, sharesMemory: settings.sharesMemory, inSubtrees: shards.isFixed)
        update = try ParallelUpdate(
            topology, layout: network.layout, optimizer: optimizer, averaging: settings.averaging,
            rateShares: settings.layerDecay == 1 ? nil : network.rateShares(layerDecay: settings.layerDecay),
            clipNorm: settings.clipNorm ?? (leavesOut ? .infinity : nil), shards: shards,
            reduction: settings.reduction)
        network.bind(parameters: update.arenas.parameters, gradient: update.arenas.gradient, of: update.arenas)
        let passes = max(pieces, shards.own.count)
        accumulator = try communicator.agree { [update] in
            passes > 1 ? try GradientAccumulator(update.arenas, pieces: passes) : nil
        }
        order = GlobalOrder(seed: settings.seed, epoch: 0, count: training.count)
        indices = .allocate(capacity: maximumBatch)
        indices.initialize(repeating: 0)
        if topology.node.rank == 0 { try network.initializeParameters() }
        try update.arenas.synchronize()
    }

    deinit {
        indices.deallocate()
    }

    /// Collective. Gives the memory back that the ranks of a node share; to be called once, after the last use.
    public func free() throws {
        try update.arenas.free()
    }

    /// Collective. One update from one global batch; allocates nothing once every batch size has occurred.
    ///
    /// - Parameters:
    ///   - step: steps done before, which decides the samples: step mod stepsPerEpoch of epoch step / stepsPerEpoch.
    ///   - updates: updates done before, where steps were left out; nil for one a step.
    ///   - statistics: counts this rank's samples.
    ///   - requests: what this rank asks all ranks to do after the step.
    /// - Throws: `AgreedError` of a `DatasetError` where a rank could not read a sample; `MPIError`, an error of oneDNN.
    /// - Returns: what any rank asked for, the loss over all ranks and whether there was an update: not with a sample whose loss is not finite.
    public func step(
        _ step: Int, updates: Int? = nil, rates: LayerRates, statistics: inout CycleStatistics,
        requests: StepRequests = []
    ) throws -> StepOutcome {
        let (epoch, stepOfEpoch) = step.quotientAndRemainder(dividingBy: batches.stepsPerEpoch)
        let batch = batches.batch(ofStep: stepOfEpoch)
        takeOrder(ofEpoch: epoch)
        if !hasTrained { training.expectRandomOrder() }
        hasTrained = true
        let before = leavesOut ? runningStatistics.values : []
        var loss = BatchLoss()
        let weight = weight(of: batch)
        let passes = passCount(ofStep: stepOfEpoch)
        for number in 0..<passes {
            let samples = self.samples(ofPass: number, of: passes, step: stepOfEpoch)
            runningStatistics.select(shard: shards.isFixed ? number : 0)
            if samples.isEmpty {
                update.arenas.clearGradient()
            } else {
                if training.readsFiles { expectSamples(fromPass: number, ofStep: stepOfEpoch, epoch: epoch) }
                let position = BatchPosition(step: step, firstSample: samples.lowerBound - batch.lowerBound)
                loss += try pass(
                    samples, position, gradientScale: 1 / Float(weight), &statistics, isOnly: passes == 1)
            }
            accumulator?.add(number, of: passes)
        }
        // A short last batch can have fewer samples than there are ranks.
        if passes == 0 { update.arenas.clearGradient() }
        try joinPasses(after: passes, ofStep: stepOfEpoch)
        let outcome = try measured(.update) {
            try update(
                loss: loss, step: updates ?? step, rates: rates, weight: weight,
                requests: training.readFailure == nil ? requests : requests.union(.failedRead),
                profile: profile?.update)
        }
        if outcome.requests.contains(.failedRead) { try checkReads(of: training) }
        if leavesOut, !outcome.isUpdated {
            runningStatistics.values = before
            statistics.withdraw(
                loss, samples: shards.own.reduce(0) { $0 + units(of: batches.slice(ofStep: stepOfEpoch, rank: $1)) })
        }
        return outcome
    }

    /// Collective. Runs `body` with some of the training samples in the place of all; a batch is of all that there are where it
    /// were larger. To be called between two steps.
    ///
    /// - Throws: what `body` throws; a `DatasetError` where there are fewer samples than parts of a batch.
    func withTrainingSet<Result>(_ samples: any Dataset, _ body: () throws -> Result) throws -> Result {
        func train(on samples: any Dataset, _ batches: BatchPlan) {
            (training, self.batches) = (samples, batches)
            order = GlobalOrder(seed: seed, epoch: orderEpoch, count: samples.count)
        }
        let (all, batchesOfAll) = (training, batches)
        train(
            on: samples,
            try BatchPlan(
                sampleCount: samples.count, globalBatch: min(batches.globalBatch, samples.count), ranks: batches.ranks))
        defer { train(on: all, batchesOfAll) }
        return try body()
    }

    /// Has the training samples in the order of an epoch from here on.
    func takeOrder(ofEpoch epoch: Int) {
        guard epoch != orderEpoch else { return }
        order = GlobalOrder(seed: seed, epoch: epoch, count: training.count)
        orderEpoch = epoch
    }

    /// Forward and backward pass of some samples; their gradient is in the arena after it.
    ///
    /// - Parameter isOnly: true for this rank's only pass of the step, whose gradients are final as they are computed.
    private func pass(
        _ samples: Range<Int>, _ position: BatchPosition, gradientScale: Float, _ statistics: inout CycleStatistics,
        isOnly: Bool
    ) throws -> BatchLoss {
        let plan = try network.plan(batch: samples.count, mode: .training)
        traced(timeline, "data") {
            measured(.data) { load(samples, of: training, in: order, augmentedBy: augmenter, into: plan) }
        }
        try traced(timeline, "forward") { try plan.forward(position, profile: profile?.steps) }
        let loss = traced(timeline, "loss") {
            measured(.loss) { plan.loss(of: objective, gradientScale: gradientScale) }
        }
        statistics.add(plan, loss: loss)
        try traced(timeline, "backward") {
            guard isOnly else { return try plan.backward(position, profile: profile?.steps) }
            try plan.backward(position, profile: profile?.steps) {
                try self.update.gradientIsFinal(from: $0, profile: self.profile?.update)
            }
        }
        return loss
    }

    @inline(__always)
    private func measured<Result>(_ phase: TrainingProfile.Phase, _ body: () throws -> Result) rethrows -> Result {
        guard let profile else { return try body() }
        return try profile.measure(phase, body)
    }
}
