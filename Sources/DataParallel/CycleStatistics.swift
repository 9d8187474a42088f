import CKernels
import InformationTheory
import LearningRate
import MPI
import NeuralNetwork

/// What a rank, or after `reduce` all ranks, saw in a cycle or an evaluation: integers alone.
public struct CycleStatistics: Sendable {
    /// Labels against predictions.
    public private(set) var confusion: ConfusionMatrix
    /// Labels against predicted probabilities, where asked for: each probability in units of 2⁻³², so that the sum over up to
    /// 2³¹ samples is exact and the same in any order.
    public private(set) var soft: ContingencyTable?
    /// Summed over the samples.
    public private(set) var loss = BatchLoss()
    /// Weights of the classes in the loss; nil for the same of all samples.
    private let weights: ClassWeights?
    /// Samples that were counted but whose loss was not; the sum of their weights, in units of 2⁻²⁴, where classes have some.
    private var samplesWithoutLoss: Int64 = 0
    /// Sums of real targets and predictions, and the deviation of the training targets; nil for classes.
    private var targets: TargetSums?
    private let targetDeviation: Double
    private let settings: InformationSettings
    private var isGlobal = false

    /// - Parameters:
    ///   - classCount: classes, or bins of real targets.
    ///   - targetDeviation: of the training targets, in their unit; nil for classes.
    ///   - weights: of the classes in the losses that are added; nil for the same of all samples.
    ///   - settings: the same on all ranks; at most `largestSoftClassCount` classes with soft predictions.
    public init(
        classCount: Int, targetDeviation: Double? = nil, weights: ClassWeights? = nil,
        settings: InformationSettings = InformationSettings()
    ) {
        self.weights = weights
        confusion = ConfusionMatrix(classCount: classCount)
        targets = targetDeviation.map { _ in TargetSums() }
        self.targetDeviation = targetDeviation ?? 1
        self.settings = settings
        if settings.predictions == .soft {
            precondition(
                classCount <= Self.largestSoftClassCount,
                "soft predictions of \(classCount) classes, at most \(Self.largestSoftClassCount) expected")
            soft = ContingencyTable(rowCount: classCount, columnCount: classCount)
        }
    }

    /// Every sample counts in every column, so the table holds all cells.
    public static let largestSoftClassCount = 1024

    /// Empties the statistics and keeps their memory, but for tables of more than 1,024 classes.
    public mutating func reset() {
        confusion.reset()
        soft?.reset()
        if targets != nil { targets = TargetSums() }
        loss = BatchLoss()
        samplesWithoutLoss = 0
        isGlobal = false
    }

    /// Counts a batch of this rank: `plan` after its `loss`, which returned `loss`, and before its `backward`.
    public mutating func add(_ plan: ExecutionPlan, loss batchLoss: BatchLoss) {
        precondition(!isGlobal, "a batch of one rank was added to statistics of all ranks")
        confusion.add(
            labels: UnsafeBufferPointer(plan.labels).span, predictions: UnsafeBufferPointer(plan.predictions).span)
        soft?.withMutableCounts { counts in
            counts.withUnsafeMutableBufferPointer {
                kernels_add_probabilities(
                    plan.logits.baseAddress, plan.labels.baseAddress, Int64(plan.batch), Int64(plan.classes),
                    $0.baseAddress)
            }
        }
        targets?.add(plan)
        loss += batchLoss
    }

    /// The mean loss over all samples that have one, in nats for classes, of statistics that were reduced; NaN where it is not finite.
    public var meanLoss: Double {
        precondition(isGlobal, "the mean loss was asked for before reduce(over:)")
        guard let weights else { return loss.mean(over: Int(confusion.total - samplesWithoutLoss)) }
        return loss.mean(over: Double(weights.units(ofCounts: confusion.rowSums) - samplesWithoutLoss) * 0x1p-24)
    }

    /// Adds those of other steps of this rank.
    public mutating func add(_ other: CycleStatistics) {
        precondition(!isGlobal && !other.isGlobal, "statistics of all ranks were added up")
        confusion.merge(other.confusion)
        if let counts = other.soft { soft?.merge(counts) }
        if let sums = other.targets { targets? += sums }
        loss += other.loss
        samplesWithoutLoss += other.samplesWithoutLoss
    }

    /// Takes back the loss of samples that were counted, of a step that was left out since not all losses were finite.
    ///
    /// - Parameter samples: their number, or the sum of their weights in units of 2⁻²⁴ where classes have some.
    public mutating func withdraw(_ batchLoss: BatchLoss, samples: Int64) {
        precondition(!isGlobal, "a loss of one rank was taken from statistics of all ranks")
        loss -= batchLoss
        samplesWithoutLoss += samples
    }

    /// Collective. Sums the statistics of all ranks, exactly: every rank has the same integers after it.
    public mutating func reduce(over communicator: any Communicator) throws(MPIError) {
        precondition(!isGlobal, "statistics of all ranks were reduced again")
        try confusion.withTable { table throws(MPIError) in try table.reduce(over: communicator) }
        try soft?.reduce(over: communicator)
        var sums = loss.terms + [samplesWithoutLoss] + (targets?.terms ?? [])
        try communicator.allReduce(&sums, .sum)
        loss = BatchLoss(terms: sums.prefix(BatchLoss.termCount))
        samplesWithoutLoss = sums[BatchLoss.termCount]
        if targets != nil { targets = TargetSums(terms: sums.dropFirst(BatchLoss.termCount + 1)) }
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
        let information =
            soft?.information(ofWeightsOf: confusion.total) ?? confusion.information(settings.estimator)
        return GlobalMetrics(
            cycle: cycle, step: step, cycleLength: cycleLength, confusion: confusion, information: information,
            loss: meanLoss, targets: targets?.metrics(over: confusion.total, deviation: targetDeviation))
    }
}

// MARK: - To keep and to take up again

extension CycleStatistics {
    /// The counts by themselves, of all ranks.
    public struct Counts: Codable, Sendable, Equatable {
        var confusion: Cells
        var soft: Cells?
        var lossSum: Int64
        /// The digits of a sum that is too large for one number, in place of `lossSum`.
        var lossDigits: [Int64]?
        var nonFiniteCount: Int64
        var samplesWithoutLoss: Int64
        var targets: TargetSums?
    }

    /// The cells of a table that are not 0.
    struct Cells: Codable, Equatable {
        var cells: [UInt64]
        var counts: [Int64]

        init(_ table: ContingencyTable) {
            (cells, counts) = table.cells
        }
    }

    /// Collective. The counts of all ranks; those of this rank go on.
    public func counts(over communicator: any Communicator) throws(MPIError) -> Counts {
        var all = self
        try all.reduce(over: communicator)
        let sum = all.loss.fixedPointSum
        return Counts(
            confusion: Cells(all.confusion.table), soft: all.soft.map(Cells.init), lossSum: sum ?? 0,
            lossDigits: sum == nil ? all.loss.terms.dropLast() : nil, nonFiniteCount: all.loss.nonFiniteCount,
            samplesWithoutLoss: all.samplesWithoutLoss, targets: all.targets)
    }

    /// Adds counts that were kept; to be called on one rank.
    ///
    /// - Throws: `CountsMismatch` where they are not counts of such a table.
    public mutating func take(up counts: Counts) throws {
        precondition(!isGlobal, "counts were added to statistics of all ranks")
        var (table, soft) = (confusion.table, self.soft)
        try table.take(up: counts.confusion)
        if let kept = counts.soft { try soft?.take(up: kept) }
        let digits = counts.lossDigits ?? [counts.lossSum, 0, 0, 0, 0, 0, 0, 0]
        guard digits.count == SIMD8<Int64>.scalarCount, digits.allSatisfy({ $0 >= 0 }),
            (counts.soft == nil) == (soft == nil), (counts.targets == nil) == (targets == nil),
            counts.nonFiniteCount >= 0,
            counts.samplesWithoutLoss >= 0
        else {
            throw CountsMismatch()
        }
        confusion.withTable { $0 = table }
        self.soft = soft
        loss += BatchLoss(digits: SIMD8(digits), nonFiniteCount: counts.nonFiniteCount)
        samplesWithoutLoss += counts.samplesWithoutLoss
        if let sums = counts.targets { targets? += sums }
    }
}

/// Counts that do not fit the table they are added to.
public struct CountsMismatch: Error, CustomStringConvertible {
    public var description: String { "counts of predictions that do not fit the classes" }
}

extension ContingencyTable {
    fileprivate mutating func take(up kept: CycleStatistics.Cells) throws {
        let end = UInt64(rowCount * columnCount)
        guard kept.cells.count == kept.counts.count, kept.cells.allSatisfy({ $0 < end }),
            kept.counts.allSatisfy({ $0 >= 0 })
        else { throw CountsMismatch() }
        merge(cells: kept.cells, counts: kept.counts)
    }
}

extension ContingencyTable {
    /// Collective. Replaces the table by the sum of those of all ranks, which have the same shape: every rank has the same
    /// counts after it. Of a table that holds only cells seen, the ranks exchange those.
    public mutating func reduce(over communicator: any Communicator) throws(MPIError) {
        if isDense {
            try withMutableCounts { counts throws(MPIError) in try communicator.allReduce(&counts, .sum) }
            return
        }
        guard communicator.size > 1 else { return }
        let own = cells
        let allCells: [[UInt64]] = try communicator.allGather(own.cells)
        let allCounts: [[Int64]] = try communicator.allGather(own.counts)
        for rank in 0..<communicator.size where rank != communicator.rank {
            merge(cells: allCells[rank], counts: allCounts[rank])
        }
    }
}
