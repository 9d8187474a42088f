import CKernels
import InformationTheory
import LearningRate
import MPI
import NeuralNetwork

/// What a rank, or after `reduce` all ranks, saw in a cycle or an evaluation: integers alone.
public struct CycleStatistics: Sendable {
    /// Labels against predictions; of several targets those of the first one.
    public internal(set) var confusion: ConfusionMatrix
    /// Those of the other targets.
    var others: [ConfusionMatrix]
    /// Labels against predicted probabilities, where asked for: each probability in units of 2⁻³², so that the sum over up to
    /// 2³¹ samples is exact and the same in any order.
    public internal(set) var soft: ContingencyTable?
    /// Summed over the samples.
    public internal(set) var loss = BatchLoss()
    /// Weights of the classes in the loss; nil for the same of all samples.
    private let weights: ClassWeights?
    /// Samples that were counted but whose loss was not; the sum of their weights, in units of 2⁻²⁴, where classes have some.
    var samplesWithoutLoss: Int64 = 0
    /// Sums of real targets and predictions, by output; empty for classes and labels.
    var targets: [TargetSums]
    private let outputs: [TargetOutput]
    private let settings: InformationSettings
    private(set) var isGlobal = false

    /// - Parameters:
    ///   - classCount: classes, or bins of real targets.
    ///   - outputs: that are real numbers, the first one with as many bins; empty for classes.
    ///   - weights: of the classes in the losses that are added; nil for the same of all samples.
    ///   - settings: the same on all ranks; at most `largestSoftClassCount` classes with soft predictions.
    public init(
        classCount: Int, outputs: [TargetOutput] = [], weights: ClassWeights? = nil,
        settings: InformationSettings = InformationSettings()
    ) {
        self.weights = weights
        confusion = ConfusionMatrix(classCount: classCount)
        others = outputs.dropFirst().map { ConfusionMatrix(classCount: $0.binCount) }
        targets = outputs.filter { !$0.isLabel }.map { _ in TargetSums() }
        self.outputs = outputs
        self.settings = settings
        if settings.predictions == .soft {
            precondition(
                classCount <= Self.largestSoftClassCount,
                "soft predictions of \(classCount) classes, at most \(Self.largestSoftClassCount) expected")
            soft = ContingencyTable(rowCount: classCount, columnCount: classCount)
        }
    }

    /// The distance of a prediction and its target from which on there are no scores, in standard deviations of the training targets.
    public static let largestError = TargetSums.largestError

    /// Every sample counts in every column, so the table holds all cells.
    public static let largestSoftClassCount = 1024

    /// Empties the statistics and keeps their memory, but for tables of more than 1,024 classes.
    public mutating func reset() {
        confusion.reset()
        for index in others.indices { others[index].reset() }
        soft?.reset()
        for index in targets.indices { targets[index] = TargetSums() }
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
        for index in targets.indices { targets[index].add(plan, output: index) }
        for index in others.indices {
            let output = outputs[index + 1]
            for place in stride(from: index + 1, to: plan.batch * outputs.count, by: outputs.count) {
                others[index].add(
                    label: Int(output.binOfTarget(plan.targets[place])), prediction: Int(output.bin(plan.logits[place]))
                )
            }
        }
        loss += batchLoss
    }

    /// Labels against predictions, by target; one table for classes.
    public var tables: [ConfusionMatrix] { [confusion] + others }

    /// The mean loss over all samples that have one, and over their targets, in nats for classes, of statistics that were reduced; NaN where it is not finite.
    public var meanLoss: Double {
        precondition(isGlobal, "the mean loss was asked for before reduce(over:)")
        guard let weights else {
            return loss.mean(over: Int(confusion.total - samplesWithoutLoss) * max(1, outputs.count))
        }
        return loss.mean(over: Double(weights.units(ofCounts: confusion.rowSums) - samplesWithoutLoss) * 0x1p-24)
    }

    /// Adds those of other steps of this rank.
    public mutating func add(_ other: CycleStatistics) {
        precondition(!isGlobal && !other.isGlobal, "statistics of all ranks were added up")
        confusion.merge(other.confusion)
        for index in others.indices { others[index].merge(other.others[index]) }
        if let counts = other.soft { soft?.merge(counts) }
        for index in targets.indices { targets[index] += other.targets[index] }
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
        for index in others.indices {
            try others[index].withTable { table throws(MPIError) in try table.reduce(over: communicator) }
        }
        try soft?.reduce(over: communicator)
        var sums = loss.terms + [samplesWithoutLoss] + targets.flatMap(\.terms)
        try communicator.allReduce(&sums, .sum)
        loss = BatchLoss(terms: sums.prefix(BatchLoss.termCount))
        samplesWithoutLoss = sums[BatchLoss.termCount]
        for index in targets.indices {
            targets[index] = TargetSums(
                terms: sums.dropFirst(BatchLoss.termCount + 1 + index * TargetSums.termCount)
                    .prefix(TargetSums.termCount))
        }
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
        if outputs.count > 1 || outputs.first?.isLabel == true {
            return GlobalMetrics(
                cycle: cycle, step: step, cycleLength: cycleLength, sampleCount: confusion.total,
                predictions: PredictionMetrics(of: outputMetrics, loss: meanLoss))
        }
        let information =
            soft?.information(ofWeightsOf: confusion.total) ?? confusion.information(settings.estimator)
        return GlobalMetrics(
            cycle: cycle, step: step, cycleLength: cycleLength, confusion: confusion, information: information,
            loss: meanLoss, targets: scores(of: 0))
    }

    /// Nil for classes and labels.
    private func scores(of output: Int) -> TargetMetrics? {
        guard targets.indices.contains(output) else { return nil }
        return targets[output].metrics(over: confusion.total, deviation: outputs[output].standardDeviation)
    }

    private static func label(_ table: ConfusionMatrix) -> LabelMetrics {
        let scores = table.classScores[1]
        return LabelMetrics(
            samples: scores.samples, precision: scores.precision(), recall: scores.recall(), f1: scores.f1())
    }

    private var outputMetrics: [OutputMetrics] {
        zip(outputs, tables).enumerated().map { index, output in
            let information = output.1.information(settings.estimator)
            return OutputMetrics(
                name: output.0.name, accuracy: output.1.accuracy, labelEntropy: information.labelEntropy,
                mutualInformation: information.mutualInformation, standardError: information.standardError,
                scores: scores(of: index), label: output.0.isLabel ? Self.label(output.1) : nil)
        }
    }
}
