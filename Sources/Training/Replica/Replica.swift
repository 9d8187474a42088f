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
    private let information: InformationSettings
    let seed: UInt64
    /// The loss that steps compute of the outputs.
    let objective: Objective
    private(set) var order: GlobalOrder
    private var orderEpoch = 0
    let indices: UnsafeMutableBufferPointer<Int>
    /// The most samples that go through the network at once.
    package let microBatch: Int
    package let accumulator: GradientAccumulator?
    /// Changes training samples; nil to leave them as they are.
    let augmenter: Augmenter?
    private let synchronizesStatistics: Bool
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

    /// Collective. Layouts and rounding depend on what computes the layers: it is the same on all ranks.
    package static func comparePrimitives(of network: Network, over communicator: any Communicator) throws {
        let text = network.primitives.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.sorted { $0.key < $1.key })" }.joined(separator: "\n")
        guard try communicator.firstUnlike(of: [text]) != nil else { return }
        let sets = try communicator.allGather(Array(Processor.instructionSet.utf8))
            .map { String(decoding: $0, as: UTF8.self) }
        let other = sets.firstIndex { $0 != sets[0] } ?? 0
        throw AgreedError(
            everywhere: TrainingError.unlikePrimitives(rank: other, instructionSet: sets[other], first: sets[0]))
    }

    deinit {
        indices.deallocate()
    }

    /// Collective. Gives the memory back that the ranks of a node share; to be called once, after the last use.
    public func free() throws {
        try update.arenas.free()
    }

    /// What a replica needs to know besides network and data.
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
        /// What is done to each training sample, anew in each epoch.
        public var augmentation: Augmentation?
        public var labelSmoothing: Float = 0
        /// Weights of the classes in the loss of the steps; nil for the same of all.
        public var classWeights: ClassWeights?
        /// The loss of real targets.
        public var targetLoss: any TargetLoss = MeanSquaredError()
        /// Averages the parameters over the updates; nil for no average.
        public var averaging: WeightAveraging?
        public var clipNorm: Double?
        /// What each step of depth leaves of the learning rate, above 0 through 1; see `Network.depths`.
        public var layerDecay = 1.0
        /// Whether a step with a loss or a gradient that is not finite leaves everything as it was, running statistics and
        /// losses counted too, but for the counts of predictions. Costs a norm of the gradient a step.
        public var leavesOutNonFiniteSteps = false
        /// How mutual information is measured.
        public var information = InformationSettings()
        /// How nodes exchange gradients.
        public var reduction = ReductionSettings()
        /// Whether ranks of a node share one copy of the parameters.
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
        fileprivate func check(
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

    /// What the loss of training samples is divided by for its mean: their number, that of their targets, or the sum of their weights. Of the global
    /// batch it is the same on every rank, without a message: all have its labels.
    private func weight(of samples: Range<Int>) -> Double {
        Double(units(of: samples)) * (objective.classWeights == nil ? Double(objective.lossesPerSample) : 0x1p-24)
    }

    /// The number of training samples, or the sum of their weights in units of 2⁻²⁴ where classes have some.
    ///
    /// - Parameter samples: places in the order of the epoch.
    private func units(of samples: Range<Int>) -> Int64 {
        guard let weights = objective.classWeights else { return Int64(samples.count) }
        var sum: Int64 = 0
        for start in stride(from: samples.lowerBound, to: samples.upperBound, by: indices.count) {
            let positions = start..<min(start + indices.count, samples.upperBound)
            var chosen = UnsafeMutableBufferPointer(rebasing: indices[..<positions.count]).mutableSpan
            order.copySamples(at: positions, into: &chosen)
            for place in 0..<positions.count { sum += weights.units(ofClass: training.label(at: indices[place])) }
        }
        return sum
    }

    /// How often this rank goes through the network in a step: once a shard where their number is fixed, else as often as
    /// micro-batches need.
    func passCount(ofStep step: Int) -> Int {
        if shards.isFixed { return shards.own.count }
        return BatchPlan.pieceCount(
            batches.slice(ofStep: step, rank: shards.own.lowerBound).count, atMost: microBatch)
    }

    /// Samples that go through the network together in a step: for each part of the batch, whichever rank has it, its passes.
    package func passSizes(ofStep step: Int) -> [[Int]] {
        (0..<shards.count).map { part in
            let slice = batches.slice(ofStep: step, rank: part)
            let passes = shards.isFixed ? min(slice.count, 1) : BatchPlan.pieceCount(slice.count, atMost: microBatch)
            return (0..<passes).map { BatchPlan.slice(of: slice, rank: $0, ranks: passes).count }
        }
    }

    func samples(ofPass pass: Int, of passes: Int, step: Int) -> Range<Int> {
        if shards.isFixed { return batches.slice(ofStep: step, rank: shards.own.lowerBound + pass) }
        return BatchPlan.slice(
            of: batches.slice(ofStep: step, rank: shards.own.lowerBound), rank: pass, ranks: passes)
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

    /// Takes part in the synchronised statistics, if any, of the pieces that other ranks have and this one doesn't.
    func joinPasses(after pieces: Int, ofStep step: Int) throws {
        guard synchronizesStatistics else { return }
        let most = BatchPlan.pieceCount(batches.slice(ofStep: step, rank: 0).count, atMost: microBatch)
        for _ in pieces..<most { try network.plan(batch: 1, mode: .training).runWithoutSamples() }
    }

    @inline(__always)
    private func measured<Result>(_ phase: TrainingProfile.Phase, _ body: () throws -> Result) rethrows -> Result {
        guard let profile else { return try body() }
        return try profile.measure(phase, body)
    }

    /// Empty statistics, for steps.
    public func makeStatistics() -> CycleStatistics {
        makeStatistics(of: objective)
    }

    private func makeStatistics(of objective: Objective) -> CycleStatistics {
        CycleStatistics(
            classCount: classCount, outputs: objective.outputs, weights: objective.classWeights,
            settings: information)
    }

    /// Collective. Averages the running statistics of all shards, which are those of the shards' own samples. They are moving
    /// averages, linear in what each batch gave: where every shard has had as many batches, the mean is the moving average
    /// of what all gave.
    public func averageStatistics() throws {
        try runningStatistics.average(over: communicator)
    }

    /// Collective. Runs the network over `dataset`, each sample once, on one rank.
    ///
    /// - Parameter onBatch: given each batch of this rank after its forward pass.
    /// - Returns: the statistics of all ranks; the loss is without label smoothing and weights of classes.
    public func evaluate(
        _ dataset: any Dataset, onBatch: (ExecutionPlan) -> Void = { _ in }
    ) throws -> CycleStatistics {
        try evaluate(dataset, isInterruptible: false, requests: { [] }, onBatch: onBatch)!
    }

    /// Collective. The same, unless a rank asks for an interruption meanwhile; then nil on all ranks.
    ///
    /// - Parameter requests: what this rank asks for; looked at now and then.
    func evaluate(
        _ dataset: any Dataset, isInterruptible: Bool = true, requests: () -> StepRequests,
        onBatch: (ExecutionPlan) -> Void = { _ in }
    ) throws -> CycleStatistics? {
        let objective = objective.ofEvaluation
        var statistics = makeStatistics(of: objective)
        let order = GlobalOrder(seed: seed, epoch: 0, count: dataset.count, shuffled: false)
        var batches = 0
        var isInterrupted = false
        func look() throws {
            guard isInterruptible, !isInterrupted else { return }
            isInterrupted = try communicator.allReduce(requests().contains(.interruption) ? 1 : 0, .max) == 1
        }
        let start = Timeline.now()
        defer { timeline?.record("evaluation", since: start) }
        try forward(dataset, count: dataset.count, in: order, mode: .inference) { plan in
            statistics.add(plan, loss: plan.loss(of: objective))
            onBatch(plan)
            batches += 1
            if batches % Self.batchesBetweenLooks == 0 { try look() }
            return !isInterrupted
        }
        // As often as the rank with the most batches.
        let most = (evaluationSlice(of: dataset.count, rank: 0).count - 1) / network.maximumBatch + 1
        while !isInterrupted, batches < most / Self.batchesBetweenLooks * Self.batchesBetweenLooks {
            batches += 1
            if batches % Self.batchesBetweenLooks == 0 { try look() }
        }
        try checkReads(of: dataset)
        if isInterrupted { return nil }
        try statistics.reduce(over: communicator)
        return statistics
    }

    /// Batches of an evaluation, after which the ranks look whether one of them asks for an interruption.
    private static let batchesBetweenLooks = 16

    /// Collective. Runs the network over `count` samples of `dataset`, which are another draw for each `draw`, without
    /// augmentation.
    ///
    /// - Parameter previous: for prototypes, the means of the measurement before.
    /// - Returns: the statistics of all ranks.
    package func layerStatistics(
        of dataset: any Dataset, count: Int, drawn draw: Int, measure: LayerMeasure, previous: ClassMeans?
    ) throws -> LayerStatistics {
        var statistics = LayerStatistics(classCount: classCount, measure: measure, previous: previous)
        let order = GlobalOrder(seed: seed, epoch: draw, count: dataset.count)
        try forward(dataset, count: count, in: order, mode: .probing) {
            statistics.add($0)
            return true
        }
        try checkReads(of: dataset)
        try statistics.reduce(over: communicator, like: network.plan(batch: 1, mode: .probing))
        return statistics
    }

    /// Runs the network over this rank's slice of the first `count` samples in `order`, until `body` returns false.
    private func forward(
        _ dataset: any Dataset, count: Int, in order: GlobalOrder, mode: ExecutionPlan.Mode,
        _ body: (ExecutionPlan) throws -> Bool
    ) throws {
        let mine = evaluationSlice(of: count, rank: communicator.rank)
        var start = mine.lowerBound
        while start < mine.upperBound {
            let positions = start..<min(start + network.maximumBatch, mine.upperBound)
            let plan = try network.plan(batch: positions.count, mode: mode)
            if dataset.readsFiles {
                expectSamples(start..<min(start + samplesAhead, mine.upperBound), of: dataset, in: order)
            }
            load(positions, of: dataset, in: order, augmentedBy: nil, into: plan)
            try plan.forward()
            guard try body(plan) else { return }
            start = positions.upperBound
        }
    }

    /// The samples that a rank evaluates. With a fixed number of shards whole batches, since the batch that a sample is
    /// in can decide how its numbers are rounded.
    package func evaluationSlice(of count: Int, rank: Int) -> Range<Int> {
        let ranks = communicator.size
        guard shards.isFixed else { return BatchPlan.evaluationSlice(count: count, rank: rank, ranks: ranks) }
        let size = network.maximumBatch
        let batches = BatchPlan.evaluationSlice(count: (count + size - 1) / size, rank: rank, ranks: ranks)
        return min(batches.lowerBound * size, count)..<min(batches.upperBound * size, count)
    }

    func load(
        _ positions: Range<Int>, of dataset: any Dataset, in order: GlobalOrder,
        augmentedBy augmenter: Augmenter?, into plan: ExecutionPlan
    ) {
        let chosen = UnsafeMutableBufferPointer(rebasing: indices[..<positions.count])
        var samples = chosen.mutableSpan
        order.copySamples(at: positions, into: &samples)
        var features = plan.input.mutableSpan
        var labels = plan.labels.mutableSpan
        let span = UnsafeBufferPointer(chosen).span
        if let augmenter {
            augmenter.copyBatch(span, of: dataset, epoch: orderEpoch, into: &features, labels: &labels)
        } else {
            dataset.copyBatch(span, into: &features, labels: &labels)
        }
        plan.mixture = augmenter?.mixedLabels.map { LabelMixture(others: $0.others, shares: $0.shares) }
        let outputs = objective.outputs.count
        for position in outputs == 0 ? 0..<0 : chosen.indices {
            for output in 0..<outputs {
                plan.targets[position * outputs + output] = dataset.target(at: chosen[position], output: output)
            }
        }
    }
}
