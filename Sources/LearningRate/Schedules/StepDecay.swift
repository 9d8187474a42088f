import Foundation
import Settings

/// Falls by a factor at regular distances: η(t) = rate · factor^⌊t / every⌋.
///
/// PyTorch's `StepLR`.
public struct StepDecay: RatedSchedule {
    public static let name = "step"

    public var rate = Rate.auto
    public var every = 10.0
    public var factor = 0.1
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate), .init("every", \.every, .epochs, unit: "epochs", "time from one fall to the next"),
        .init("factor", \.factor, .above(0, through: 1), "share of the rate that a fall leaves"),
    ]

    public func rate(at step: Int) -> Double {
        begun.rate(rate) * pow(factor, Double(step / begun.steps(every)))
    }
}
