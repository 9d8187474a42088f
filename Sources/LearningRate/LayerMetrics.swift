/// What the output T of one layer says about the labels Y, over samples of all ranks; in nats.
public struct LayerMetrics: Sendable, Hashable, Encodable {
    /// The layer's place in the network, for example "0" or "3.branch.0".
    public let layer: String

    /// H(Y) of the samples looked at.
    public let labelEntropy: Double

    /// A lower bound of I(Y;T): the information in a function of T.
    public let mutualInformation: Double

    /// The standard error of the estimate.
    public let standardError: Double

    /// 1 − I / H(Y), from 1 (says nothing) to 0 (says all).
    public let residual: Double

    package init(
        layer: String, labelEntropy: Double, mutualInformation: Double, standardError: Double, residual: Double
    ) {
        self.layer = layer
        self.labelEntropy = labelEntropy
        self.mutualInformation = mutualInformation
        self.standardError = standardError
        self.residual = residual
    }
}
