/// Any schedule that a configuration can name: what a trainer holds and a checkpoint carries.
public indirect enum ConfiguredSchedule: Schedule, Hashable {
    case constant(Constant)
    case step(StepDecay)
    case multiStep(MultiStepDecay)
    case exponential(ExponentialDecay)
    case inverseTime(InverseTimeDecay)
    case polynomial(PolynomialDecay)
    case cosine(CosineDecay)
    case constantCooldown(ConstantCooldown)
    case cosineRestarts(CosineWarmRestarts)
    case oneCycle(OneCycle)
    case cyclical(CyclicalRate)
    case plateau(Plateau)
    case mutualInformationDecay(MutualInformationDecay)
    case layerwiseMutualInformationDecay(LayerwiseMutualInformationDecay)
    case warmUp(WarmUp)
    case joined(Joined)

    public func rate(at step: Int) -> Double {
        switch self {
        case .constant(let schedule): schedule.rate(at: step)
        case .step(let schedule): schedule.rate(at: step)
        case .multiStep(let schedule): schedule.rate(at: step)
        case .exponential(let schedule): schedule.rate(at: step)
        case .inverseTime(let schedule): schedule.rate(at: step)
        case .polynomial(let schedule): schedule.rate(at: step)
        case .cosine(let schedule): schedule.rate(at: step)
        case .constantCooldown(let schedule): schedule.rate(at: step)
        case .cosineRestarts(let schedule): schedule.rate(at: step)
        case .oneCycle(let schedule): schedule.rate(at: step)
        case .cyclical(let schedule): schedule.rate(at: step)
        case .plateau(let schedule): schedule.rate(at: step)
        case .mutualInformationDecay(let schedule): schedule.rate(at: step)
        case .layerwiseMutualInformationDecay(let schedule): schedule.rate(at: step)
        case .warmUp(let schedule): schedule.rate(at: step)
        case .joined(let schedule): schedule.rate(at: step)
        }
    }

    public func rates(at step: Int) -> LayerRates {
        switch self {
        case .mutualInformationDecay(let schedule): schedule.rates(at: step)
        case .layerwiseMutualInformationDecay(let schedule): schedule.rates(at: step)
        case .warmUp(let schedule): schedule.rates(at: step)
        case .joined(let schedule): schedule.rates(at: step)
        case .constant, .step, .multiStep, .exponential, .inverseTime, .polynomial, .cosine, .constantCooldown,
            .cosineRestarts, .oneCycle, .cyclical, .plateau:
            .uniform(rate(at: step))
        }
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        switch self {
        case .plateau(var schedule):
            defer { self = .plateau(schedule) }
            return schedule.observe(metrics)
        case .mutualInformationDecay(var schedule):
            defer { self = .mutualInformationDecay(schedule) }
            return schedule.observe(metrics)
        case .layerwiseMutualInformationDecay(var schedule):
            defer { self = .layerwiseMutualInformationDecay(schedule) }
            return schedule.observe(metrics)
        case .warmUp(var schedule):
            defer { self = .warmUp(schedule) }
            return schedule.observe(metrics)
        case .joined(var schedule):
            defer { self = .joined(schedule) }
            return schedule.observe(metrics)
        case .constant, .step, .multiStep, .exponential, .inverseTime, .polynomial, .cosine, .constantCooldown,
            .cosineRestarts, .oneCycle, .cyclical:
            let rate = rate(at: metrics.step)
            return RateDecision(before: rate, after: rate, reason: .fixed)
        }
    }

    /// Whether the rate of a decay by mutual information cannot fall any more; false for every other schedule.
    public var isAtMinimum: Bool {
        switch self {
        case .mutualInformationDecay(let schedule): schedule.isAtMinimum
        case .layerwiseMutualInformationDecay(let schedule): schedule.isAtMinimum
        default: false
        }
    }
}
