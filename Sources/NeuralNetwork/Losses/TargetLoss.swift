import Settings

/// A loss of a real target, by the error of the number that the network gives for it.
///
/// Errors are in standard deviations of the training targets. A loss is least at the error 0, where it is 0.
public protocol TargetLoss: Component {
    /// The loss of an output that is `error` above its target.
    func loss(of error: Double) -> Double
    /// The derivative of the loss by the error.
    func slope(at error: Double) -> Double
}

/// The losses that a regression chooses from; an addition is one line here.
public enum TargetLosses {
    public static let all = Registry<any TargetLoss>([
        MeanSquaredError.self,
        MeanAbsoluteError.self,
        HuberLoss.self,
    ])
}
