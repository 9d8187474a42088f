import InformationTheory

/// What one cycle of training showed, over the samples of all ranks: the only thing a schedule may look at.
///
/// The type cannot be decoded, and outside this package it is made only from counts that the caller says are those of all
/// ranks, so that a number that only one rank knows cannot steer the rate. Entropies and loss are in nats.
@dynamicMemberLookup
public struct GlobalMetrics: Sendable, Hashable, Encodable {
    /// The index of the cycle that ended, from 0.
    public let cycle: Int

    /// The number of steps done since training began.
    public private(set) var step: Int

    /// The length of the cycle in epochs; above 0, and 1 when a cycle is an epoch.
    public let cycleLength: Double

    /// The number of samples counted.
    public let sampleCount: Int64

    /// How well predictions say the labels; its properties are those of the metrics too.
    public let predictions: PredictionMetrics

    /// What each layer with parameters says about the labels, in the order of the network; empty where it was not measured.
    public package(set) var layers: [LayerMetrics] = []

    /// The metrics of a cycle, for a trainer of one's own. Every rank has to give the same numbers, and so gets the same rate.
    ///
    /// - Parameters:
    ///   - confusion: counts of the cycle's predictions, summed over all ranks.
    ///   - loss: mean over the samples of all ranks, in nats. Only `Plateau` looks at it.
    ///   - cycle: its index, from 0.
    ///   - step: steps done since training began.
    ///   - cycleLength: in epochs, above 0.
    public init(
        reducedOverAllRanks confusion: ConfusionMatrix, loss: Double, cycle: Int, step: Int, cycleLength: Double = 1,
        estimator: EntropyEstimator = .plugIn
    ) {
        self.init(
            cycle: cycle, step: step, cycleLength: cycleLength, confusion: confusion, loss: loss, estimator: estimator)
    }

    /// The metrics of a cycle from the confusion matrix summed over all ranks and the mean loss over all samples.
    ///
    /// - Parameter information: where it does not come from the confusion matrix alone.
    package init(
        cycle: Int, step: Int, cycleLength: Double, confusion: ConfusionMatrix,
        information: InformationMeasures? = nil, loss: Double, targets: TargetMetrics? = nil,
        estimator: EntropyEstimator = .plugIn
    ) {
        let information = information ?? confusion.information(estimator)
        self.init(
            cycle: cycle, step: step, cycleLength: cycleLength, sampleCount: confusion.total, loss: loss,
            accuracy: confusion.accuracy, labelEntropy: information.labelEntropy,
            mutualInformation: information.mutualInformation, standardError: information.standardError,
            residual: information.residual, targets: targets)
    }

    package init(
        cycle: Int, step: Int, cycleLength: Double, sampleCount: Int64, loss: Double, accuracy: Double,
        labelEntropy: Double, mutualInformation: Double, standardError: Double, residual: Double,
        targets: TargetMetrics? = nil
    ) {
        self.init(
            cycle: cycle, step: step, cycleLength: cycleLength, sampleCount: sampleCount,
            predictions: PredictionMetrics(
                loss: loss, accuracy: accuracy, labelEntropy: labelEntropy, mutualInformation: mutualInformation,
                standardError: standardError, residual: residual, targets: targets))
    }

    /// The metrics of a cycle whose predictions were scored.
    package init(cycle: Int, step: Int, cycleLength: Double, sampleCount: Int64, predictions: PredictionMetrics) {
        precondition(
            cycleLength > 0 && cycleLength.isFinite, "a cycle is longer than 0 epochs, got \(cycleLength)")
        precondition(cycle >= 0 && step >= 0, "cycle \(cycle) and step \(step) count from 0")
        self.cycle = cycle
        self.step = step
        self.cycleLength = cycleLength
        self.sampleCount = sampleCount
        self.predictions = predictions
    }

    public subscript<Value>(dynamicMember member: KeyPath<PredictionMetrics, Value>) -> Value {
        predictions[keyPath: member]
    }

    /// The cycle as one of the layers saw it: what it says about the labels in the place of the whole network.
    func ofLayer(_ index: Int) -> GlobalMetrics {
        let layer = layers[index]
        return GlobalMetrics(
            cycle: cycle, step: step, cycleLength: cycleLength, sampleCount: sampleCount, loss: self.loss,
            accuracy: self.accuracy, labelEntropy: layer.labelEntropy, mutualInformation: layer.mutualInformation,
            standardError: layer.standardError, residual: layer.residual)
    }

    /// The same metrics for a schedule that began at step `start`, at most `step`, and counts from there.
    func since(_ start: Int) -> GlobalMetrics {
        precondition(start <= step, "the cycle ended at step \(step), before step \(start)")
        var metrics = self
        metrics.step -= start
        return metrics
    }
}

extension GlobalMetrics {
    private enum Key: String, CodingKey {
        case cycle, step, cycleLength, sampleCount, layers
    }

    /// The properties by their names, those of the predictions beside the others.
    public func encode(to encoder: any Encoder) throws {
        try predictions.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(cycle, forKey: .cycle)
        try container.encode(step, forKey: .step)
        try container.encode(cycleLength, forKey: .cycleLength)
        try container.encode(sampleCount, forKey: .sampleCount)
        try container.encode(layers, forKey: .layers)
    }
}
