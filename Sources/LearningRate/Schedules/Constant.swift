import Settings

/// The same rate at every step.
public struct Constant: RatedSchedule {
    public static let name = "constant"

    public var rate = Rate.auto
    public var run: ScheduleRun?

    public init() {}

    public init(rate: Rate) { self.rate = rate }

    public static let settings: [Setting<Self>] = [.rate(\.rate)]

    public func rate(at step: Int) -> Double { begun.rate(rate) }
}
