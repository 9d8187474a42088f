import Settings

/// The magnitude of the error, as PyTorch's `L1Loss` and Keras' `mae` have it; its slope at 0 is 0.
public struct MeanAbsoluteError: TargetLoss {
    public static let name = "mae"
    public static let settings: [Setting<Self>] = []

    public init() {}

    public func loss(of error: Double) -> Double { abs(error) }
    public func slope(at error: Double) -> Double { error > 0 ? 1 : error < 0 ? -1 : 0 }
}
