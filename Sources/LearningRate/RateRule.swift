/// Decides the learning rate. A value: a copy goes its own way, and its whole state is `Codable`, so that one that was kept
/// continues with the same bits.
///
/// The caller asks for the rate before each step and hands over the global metrics at the end of each cycle. Every rank
/// holds its own copy and gives it the same metrics, hence every rank has the same rate and none is sent.
public protocol RateRule: Codable, Equatable, Sendable {
    /// The rate for the step with this index, counted from 0 over the whole run: the present step or a later one, should
    /// no further metrics come in. Finite and not negative.
    func rate(at step: Int) -> Double

    /// The rates for that step where layers have rates of their own; else `rate(at:)` for all. `rate(at:)` is then the
    /// highest of them.
    func rates(at step: Int) -> LayerRates

    /// Takes in the metrics of the cycle that ended and says what they changed and why.
    @discardableResult
    mutating func observe(_ metrics: GlobalMetrics) -> RateDecision

    /// True where the rate cannot fall any more, of a decay by mutual information.
    var isAtMinimum: Bool { get }
}

extension RateRule {
    public func rates(at step: Int) -> LayerRates { .uniform(rate(at: step)) }

    /// The rate is a function of the step alone.
    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let rate = rate(at: metrics.step)
        return RateDecision(before: rate, after: rate, reason: .fixed)
    }

    public var isAtMinimum: Bool { false }
}
