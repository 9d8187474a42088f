/// The best cycle of a training by a metric, and how long ago it was.
///
/// A cycle is better when its value is, by however little; of equal ones the first is the best. A value that is not finite is never
/// the best one.
package struct BestCycle: Codable, Sendable {
    package let metric: CycleMetric
    package private(set) var value: Double?
    /// Steps done at its end; 0 where there is none.
    package private(set) var step = 0
    /// Since then; all cycles where there is none.
    private(set) var cyclesSince = 0

    init(by metric: CycleMetric) {
        self.metric = metric
    }

    /// Takes in a cycle.
    ///
    /// - Parameter value: of the metric.
    /// - Returns: whether it is the best one so far.
    mutating func observe(_ value: Double, step: Int) -> Bool {
        guard value.isFinite, self.value.map({ metric.prefers(value, to: $0) }) ?? true else {
            cyclesSince += 1
            return false
        }
        self.value = value
        self.step = step
        cyclesSince = 0
        return true
    }
}
