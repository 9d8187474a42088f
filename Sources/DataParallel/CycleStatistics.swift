import InformationTheory
import LearningRate
import MPI
import NeuralNetwork

/// What a rank, or after `reduce` all ranks, saw in a cycle or an evaluation: integers alone.
public struct CycleStatistics: Sendable {
    /// Labels against predictions.
    public private(set) var confusion: ConfusionMatrix
    /// Summed over the samples.
    public private(set) var loss = BatchLoss()
    private var isGlobal = false

    public init(classCount: Int) {
        confusion = ConfusionMatrix(classCount: classCount)
    }

    /// Empties the statistics and keeps their memory.
    public mutating func reset() {
        confusion.reset()
        loss = BatchLoss()
        isGlobal = false
    }

    /// Counts a batch of this rank: `plan` after its `loss`, which returned `loss`.
    public mutating func add(_ plan: ExecutionPlan, loss batchLoss: BatchLoss) {
        precondition(!isGlobal, "a batch of one rank was added to statistics of all ranks")
        confusion.add(
            labels: UnsafeBufferPointer(plan.labels).span, predictions: UnsafeBufferPointer(plan.predictions).span)
        loss += batchLoss
    }

    /// Collective. Sums the statistics of all ranks, exactly: every rank has the same integers after it.
    public mutating func reduce(over communicator: any Communicator) throws(MPIError) {
        precondition(!isGlobal, "statistics of all ranks were reduced again")
        try confusion.withMutableCounts { counts throws(MPIError) in try communicator.allReduce(&counts, .sum) }
        var sums = [loss.fixedPointSum, loss.nonFiniteCount]
        try communicator.allReduce(&sums, .sum)
        loss = BatchLoss(fixedPointSum: sums[0], nonFiniteCount: sums[1])
        isGlobal = true
    }

    /// The metrics of statistics that were reduced; the only way to make them, so that no rank-local number can steer
    /// the rate.
    ///
    /// - Parameters:
    ///   - step: updates done since training began.
    ///   - cycleLength: in epochs.
    public func metrics(cycle: Int, step: Int, cycleLength: Double) -> GlobalMetrics {
        precondition(isGlobal, "metrics were asked for before reduce(over:)")
        return GlobalMetrics(
            cycle: cycle, step: step, cycleLength: cycleLength, confusion: confusion,
            loss: loss.mean(over: Int(confusion.total)))
    }
}
