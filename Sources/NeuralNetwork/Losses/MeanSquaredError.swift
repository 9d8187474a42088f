import Settings

/// The square of the error, as PyTorch's `MSELoss` and Keras' `mse` have it: without a half.
public struct MeanSquaredError: TargetLoss {
    public static let name = "mse"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public func loss(of error: Double) -> Double { error * error }
    public func slope(at error: Double) -> Double { 2 * error }
}
