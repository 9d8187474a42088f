import Foundation
import Settings

/// Falls by a factor at each of the times given: η(t) = rate · factor^(number of falls at or before t).
///
/// PyTorch's `MultiStepLR`.
public struct MultiStepDecay: RatedSchedule {
    public static let name = "multi-step"

    public var rate = Rate.auto
    /// In order. A time given twice falls twice.
    public var at: [Double] = []
    public var factor = 0.1
    public var run: ScheduleRun?

    public init() {}

    public static let settings: [Setting<Self>] = [
        .rate(\.rate),
        .init(
            rising: "at", \.at, .epochs, unit: "epochs", expected: "a rising list of epochs",
            "times of the falls, in order"),
        .init("factor", \.factor, .above(0, through: 1), "share of the rate that a fall leaves"),
    ]

    public func rate(at step: Int) -> Double {
        begun.rate(rate) * pow(factor, Double(at.count { begun.steps($0) <= step }))
    }
}
