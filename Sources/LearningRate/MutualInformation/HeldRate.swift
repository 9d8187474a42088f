/// The cycles at a rate that is held, and I at those that later ones are held against.
struct HeldRate: Sendable, Hashable, Codable {
    /// Since the last fall.
    private var cycles = 0
    /// I of the last cycle that was the first, second, fourth … since, and its standard error.
    private var information = 0.0
    private var standardError = 0.0
    /// The cycle of the next look.
    private var next = 1
    /// The step of the last look; nil before the first.
    private var step: Int?

    /// Updates that a span has at least for the rate to fall by it, as many as a trial has: in fewer a rate shows nothing.
    private static let leastSteps = RateTrials.steps(momentum: 0)

    /// Takes in a cycle; `RateDecision.Reason.noGrowth` is when the rate falls.
    mutating func observe(_ metrics: GlobalMetrics) -> RateDecision.Reason {
        cycles += 1
        guard cycles == next else { return .holding(until: next - cycles) }
        let growth = metrics.mutualInformation - information
        let error = standardErrorOfDifference(metrics.standardError, standardError)
        let span = cycles - cycles / 2
        let isFirst = cycles == 1
        if !isFirst, growth <= error, metrics.step - (step ?? 0) >= Self.leastSteps {
            self = HeldRate()
            return .noGrowth(growth: growth, error: error, cycles: span)
        }
        (information, standardError, step) = (metrics.mutualInformation, metrics.standardError, metrics.step)
        next = 2 * cycles
        if isFirst { return .firstCycle }
        return growth > error ? .growth(growth, error: error, cycles: span) : .holding(until: next - cycles)
    }
}
