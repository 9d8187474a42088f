import DataParallel
import Datasets
import LearningRate
import MPI
import NeuralNetwork

extension Replica {
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
}
