/// The cycles at a rate that is held, and I at those that later ones are held against.
struct HeldRate: Sendable, Hashable, Codable {
    /// Since the last fall.
    private var cycles = 0
    /// I of the last cycle that was the first, second, fourth … since, and its standard error.
    private var information = 0.0
    private var standardError = 0.0
    /// The cycle of the next look.
    private var next = 1

    /// Takes in a cycle; `RateDecision.Reason.noGrowth` is when the rate falls.
    mutating func observe(_ metrics: GlobalMetrics) -> RateDecision.Reason {
        cycles += 1
        guard cycles == next else { return .holding(until: next - cycles) }
        let growth = metrics.mutualInformation - information
        let error = standardErrorOfDifference(metrics.standardError, standardError)
        let span = cycles - cycles / 2
        let isFirst = cycles == 1
        if !isFirst, growth <= error {
            self = HeldRate()
            return .noGrowth(growth: growth, error: error, cycles: span)
        }
        (information, standardError) = (metrics.mutualInformation, metrics.standardError)
        next = 2 * cycles
        return isFirst ? .firstCycle : .growth(growth, error: error, cycles: span)
    }
}
