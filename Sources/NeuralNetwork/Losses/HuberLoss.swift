import Settings

/// Half the square of errors up to δ, and a line of the slope δ beyond: δ (|error| − δ / 2) (P. Huber, Annals of Mathematical
/// Statistics 35, 1964; PyTorch's `HuberLoss`, Keras' `huber`).
public struct HuberLoss: TargetLoss {
    public static let name = "huber"

    public var delta = 1.0

    public init() {}

    public init(delta: Double) {
        self.delta = delta
    }

    public static let settings: [Setting<Self>] = [
        .init(
            "delta", \.delta, .above(0).inSinglePrecision, unit: "standard deviations of the training targets",
            "error from which on the loss is a line")
    ]

    public func loss(of error: Double) -> Double {
        let magnitude = abs(error)
        return magnitude <= delta ? 0.5 * error * error : delta * (magnitude - 0.5 * delta)
    }

    public func slope(at error: Double) -> Double { max(-delta, min(delta, error)) }
}
