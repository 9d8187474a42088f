import InformationTheory

/// What one cycle of training showed, over the samples of all ranks: the only thing a schedule may look at.
///
/// The initialiser is visible inside this package alone, and the type cannot be decoded: the reduction over ranks makes
/// it, so that a number that only one rank knows cannot steer the rate. Entropies and loss are in nats.
public struct GlobalMetrics: Sendable, Hashable, Encodable {
    /// The index of the cycle that ended, from 0.
    public let cycle: Int

    /// The number of steps done since training began.
    public private(set) var step: Int

    /// The length of the cycle in epochs; above 0, and 1 when a cycle is an epoch.
    public let cycleLength: Double

    /// The number of samples counted.
    public let sampleCount: Int64

    /// The mean loss per sample.
    public let loss: Double

    /// The share of samples predicted correctly.
    public let accuracy: Double

    /// H(Y).
    public let labelEntropy: Double

    /// I(Y;Ŷ).
    public let mutualInformation: Double

    /// The standard error of the plug-in estimate of I(Y;Ŷ).
    public let standardError: Double

    /// H(Y|Ŷ) / H(Y), from 1 (knows nothing) to 0 (knows all).
    public let residual: Double

    /// What each layer with parameters says about the labels, in the order of the network; empty where it was not measured.
    public package(set) var layers: [LayerMetrics] = []

    /// The metrics of a cycle from the confusion matrix summed over all ranks and the mean loss over all samples.
    ///
    /// - Parameter information: where it does not come from the confusion matrix alone.
    package init(
        cycle: Int, step: Int, cycleLength: Double, confusion: ConfusionMatrix,
        information: InformationMeasures? = nil, loss: Double, estimator: EntropyEstimator = .plugIn
    ) {
        let information = information ?? confusion.information(estimator)
        self.init(
            cycle: cycle, step: step, cycleLength: cycleLength, sampleCount: confusion.total, loss: loss,
            accuracy: confusion.accuracy, labelEntropy: information.labelEntropy,
            mutualInformation: information.mutualInformation, standardError: information.standardError,
            residual: information.residual)
    }

    package init(
        cycle: Int, step: Int, cycleLength: Double, sampleCount: Int64, loss: Double, accuracy: Double,
        labelEntropy: Double, mutualInformation: Double, standardError: Double, residual: Double
    ) {
        precondition(
            cycleLength > 0 && cycleLength.isFinite, "a cycle is longer than 0 epochs, got \(cycleLength)")
        precondition(cycle >= 0 && step >= 0, "cycle \(cycle) and step \(step) count from 0")
        self.cycle = cycle
        self.step = step
        self.cycleLength = cycleLength
        self.sampleCount = sampleCount
        self.loss = loss
        self.accuracy = accuracy
        self.labelEntropy = labelEntropy
        self.mutualInformation = mutualInformation
        self.standardError = standardError
        self.residual = residual
    }

    /// The cycle as one of the layers saw it: what it says about the labels in the place of the whole network.
    func ofLayer(_ index: Int) -> GlobalMetrics {
        let layer = layers[index]
        return GlobalMetrics(
            cycle: cycle, step: step, cycleLength: cycleLength, sampleCount: sampleCount, loss: loss,
            accuracy: accuracy, labelEntropy: layer.labelEntropy, mutualInformation: layer.mutualInformation,
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
