/// A step of a range test.
public struct RangeTestPoint: Equatable, Sendable {
    public var rate: Double
    /// Loss of the global batch, in nats.
    public var loss: Double
    public var smoothedLoss: Double

    public init(rate: Double, loss: Double, smoothedLoss: Double) {
        self.rate = rate
        self.loss = loss
        self.smoothedLoss = smoothedLoss
    }
}
