/// A schedule whose rate is a function of the step alone: it does not look at metrics.
public protocol FixedSchedule: Schedule {}

extension FixedSchedule {
    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let rate = rate(at: metrics.step)
        return RateDecision(before: rate, after: rate, reason: .fixed)
    }
}
