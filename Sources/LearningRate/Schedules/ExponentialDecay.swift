import Foundation
import Settings

/// Falls by the same share at every step: η(t) = rate · factor^t, t in epochs.
///
/// PyTorch's `ExponentialLR` where an epoch is a step.
public struct ExponentialDecay: RatedSchedule {
    public static let name = "exponential"

    public var rate = Rate.auto
    public var factor = 0.9
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("factor", \.factor, .above(0, through: 1), "share of the rate that an epoch leaves"),
    ]

    public func rate(at step: Int) -> Double {
        begun.rate(rate) * pow(factor, Double(step) / Double(begun.stepsPerEpoch))
    }
}
