import DataParallel
import InformationTheory
import LearningRate
import Settings

extension Configuration {
    /// The schedule, given the bounds where the configuration leaves them to a search.
    ///
    /// - Parameters:
    ///   - stepsPerEpoch: what turns epochs into steps.
    ///   - totalSteps: of the run: the horizon where none is given.
    ///   - layerCount: layers with parameters.
    func schedule(
        bounds: RateBounds?, stepsPerEpoch: Int, totalSteps: Int, layerCount: Int
    ) -> ConfiguredSchedule {
        let time = ScheduleTime(stepsPerEpoch: stepsPerEpoch, layerCount: layerCount)
        let warmUpSteps = Int((learningRate.warmup * Double(stepsPerEpoch)).rounded())
        if case .mutualInformation(let settings) = learningRate.schedule {
            return settings.schedule(found: bounds, warmUpSteps: warmUpSteps, layerCount: layerCount)
        }
        let horizon = learningRate.horizon.map(time.steps) ?? max(1, totalSteps - warmUpSteps)
        let schedule = learningRate.schedule.schedule(found: bounds, horizon: horizon, time)
        return warmUpSteps > 0 ? .warmUp(WarmUp(steps: warmUpSteps, before: schedule)) : schedule
    }

    /// True where a search for the bounds comes before training.
    package var searchesBounds: Bool { learningRate.schedule.needsBounds }

    /// True where the training goes back when mutual information falls.
    package var watchesInformation: Bool {
        switch training.watch {
        case .on: true
        case .off: false
        case .auto: searchesBounds && learningRate.search == .trials && !learningRate.schedule.rises
        }
    }

    /// The range test that the configuration describes.
    package var rangeTest: RangeTest {
        let settings = learningRate.rangeTest
        return RangeTest(
            steps: settings.steps, lowestRate: settings.from, highestRate: settings.to, safety: settings.safety)
    }

    /// The predictions that steer the rate.
    var source: Trainer.Plan.Source {
        learningRate.schedule.source == .validation ? .validation : .train
    }
}

extension Configuration {
    /// How mutual information is measured: as the schedule asks, all of its parts alike.
    var informationSettings: InformationSettings {
        guard let settings = learningRate.schedule.mutualInformation else { return InformationSettings() }
        return InformationSettings(
            predictions: settings.predictions == .soft ? .soft : .hard, estimator: settings.estimator.estimator)
    }

    /// How layers are measured, in all parts of the schedule alike that give them rates of their own; nil where none does.
    package var layerMeasurement: LayerMeasurement? {
        learningRate.schedule.layers.map {
            LayerMeasurement($0.measure == .winner ? .winner : .prototype, share: $0.share)
        }
    }

    /// Throws where mutual information cannot be measured as asked for so many classes.
    func checkClasses(_ count: Int) throws(ConfigurationError) {
        let most = CycleStatistics.largestSoftClassCount
        guard informationSettings.predictions == .soft, count > most else { return }
        throw ConfigurationError(
            place: "configuration", keyPath: "learningRate.predictions",
            problem: "expected hard for more than \(most) classes, found soft for \(count)")
    }
}

extension Configuration.LearningRate.Schedule {
    /// The decay by mutual information, of joined schedules the first.
    var mutualInformation: Configuration.LearningRate.MutualInformation? {
        switch self {
        case .mutualInformation(let settings): settings
        case .joined(let parts): parts.lazy.compactMap(\.schedule.mutualInformation).first
        case .cyclical, .course: nil
        }
    }

    /// How layers are measured, of joined schedules by the first that does.
    var layers: Configuration.LearningRate.Layers? {
        switch self {
        case .mutualInformation(let settings): settings.layers
        case .joined(let parts): parts.lazy.compactMap(\.schedule.layers).first
        case .cyclical, .course: nil
        }
    }
}

extension Configuration.LearningRate.Estimator {
    fileprivate var estimator: EntropyEstimator {
        switch self {
        case .plugIn: .plugIn
        case .millerMadow: .millerMadow
        case .chaoShen: .chaoShen
        case .shuffle: .shuffle
        }
    }
}

/// Turns epochs into steps; and knows the layers.
private struct ScheduleTime {
    let stepsPerEpoch: Int
    let layerCount: Int

    /// At least 1.
    func steps(_ epochs: Double) -> Int {
        max(1, Int((epochs * Double(stepsPerEpoch)).rounded()))
    }
}

extension Configuration.LearningRate.Schedule {
    fileprivate var needsBounds: Bool {
        switch self {
        case .mutualInformation(let settings): settings.bounds == .auto
        case .cyclical(let settings): settings.bounds == .auto
        case .course(_, let rate): rate == .auto
        case .joined(let parts): parts.contains { $0.schedule.needsBounds }
        }
    }

    /// True where the rate is held as long as mutual information grows.
    var holds: Bool {
        switch self {
        case .mutualInformation(let settings): settings.form == .hold
        case .joined(let parts): parts.last?.schedule.holds == true
        case .cyclical, .course: false
        }
    }

    /// True where the rate may rise after its warm-up.
    fileprivate var rises: Bool {
        switch self {
        case .mutualInformation, .course(.constant, _), .course(.step, _), .course(.multiStep, _),
            .course(.exponential, _), .course(.inverseTime, _), .course(.polynomial, _), .course(.cosine, _),
            .course(.constantCooldown, _), .course(.plateau, _):
            false
        case .cyclical, .course(.cosineRestarts, _), .course(.oneCycle, _), .joined: true
        }
    }

    /// - Parameter horizon: in steps.
    fileprivate func schedule(found: RateBounds?, horizon: Int, _ time: ScheduleTime) -> ConfiguredSchedule {
        switch self {
        case .mutualInformation(let settings):
            return settings.schedule(found: found, warmUpSteps: 0, layerCount: time.layerCount)
        case .cyclical(let settings):
            let mode: CyclicalRate.Mode =
                switch settings.mode {
                case .triangular: .triangular
                case .triangular2: .triangular2
                case .expRange: .exponentialRange(factor: settings.factor)
                }
            return .cyclical(
                CyclicalRate(
                    bounds: settings.bounds.given(found), halfCycle: time.steps(settings.halfCycle), mode: mode))
        case .course(let course, let rate):
            return course.schedule(rate: rate.given(found), horizon: horizon, time)
        case .joined(let parts):
            var left = horizon
            return .joined(
                Joined(
                    parts.map { part in
                        let steps = part.epochs.map(time.steps) ?? max(1, left)
                        left -= steps
                        return Joined.Part(
                            part.schedule.schedule(found: found, horizon: steps, time), steps: steps)
                    }))
        }
    }
}

extension Configuration.LearningRate.MutualInformation {
    fileprivate func schedule(found: RateBounds?, warmUpSteps: Int, layerCount: Int) -> ConfiguredSchedule {
        let bounds = bounds.given(found)
        guard layers != nil else {
            return .mutualInformationDecay(
                MutualInformationDecay(bounds: bounds, warmUpSteps: warmUpSteps, form: form.rule))
        }
        return .layerwiseMutualInformationDecay(
            LayerwiseMutualInformationDecay(
                layerCount: layerCount, bounds: bounds, warmUpSteps: warmUpSteps, form: form.rule))
    }
}

extension Configuration.LearningRate.Course {
    fileprivate func schedule(rate: Double, horizon: Int, _ time: ScheduleTime) -> ConfiguredSchedule {
        switch self {
        case .constant: .constant(Constant(rate: rate))
        case .step(let every, let factor):
            .step(StepDecay(rate: rate, factor: factor, length: time.steps(every)))
        case .multiStep(let at, let factor):
            .multiStep(MultiStepDecay(rate: rate, factor: factor, falls: at.map(time.steps)))
        case .exponential(let factor):
            .exponential(ExponentialDecay(rate: rate, factor: factor, length: time.stepsPerEpoch))
        case .inverseTime(let decay):
            .inverseTime(InverseTimeDecay(rate: rate, decay: decay, length: time.stepsPerEpoch))
        case .polynomial(let power, let floor):
            .polynomial(PolynomialDecay(rate: rate, floor: floor * rate, power: power, length: horizon))
        case .cosine(let floor): .cosine(CosineDecay(rate: rate, floor: floor * rate, length: horizon))
        case .constantCooldown(let share, let floor):
            .constantCooldown(ConstantCooldown(rate: rate, floor: floor * rate, share: share, length: horizon))
        case .cosineRestarts(let period, let periodFactor, let floor):
            .cosineRestarts(
                CosineWarmRestarts(
                    rate: rate, floor: floor * rate, period: time.steps(period), periodFactor: periodFactor))
        case .oneCycle(let rise, let startDivisor, let endDivisor):
            .oneCycle(
                OneCycle(
                    rate: rate, rise: rise, startDivisor: startDivisor, endDivisor: endDivisor, length: horizon))
        case .plateau(let plateau):
            .plateau(
                Plateau(
                    rate: rate, metric: plateau.metric == .loss ? .loss : .accuracy, factor: plateau.factor,
                    patience: plateau.patience, threshold: plateau.threshold, cooldown: plateau.cooldown,
                    floor: plateau.floor * rate))
        }
    }
}

extension Configuration.LearningRate.Rate {
    fileprivate func given(_ found: RateBounds?) -> Double {
        switch self {
        case .fixed(let rate): return rate
        case .auto:
            guard let found else { preconditionFailure("rate: auto needs bounds") }
            return found.maximum
        }
    }
}

extension Configuration.LearningRate.Bounds {
    fileprivate func given(_ found: RateBounds?) -> RateBounds {
        switch self {
        case .fixed(let min, let max): return RateBounds(minimum: min, maximum: max)
        case .auto:
            guard let found else { preconditionFailure("bounds: auto needs bounds") }
            return found
        }
    }
}

extension Configuration.LearningRate.Form {
    fileprivate var rule: MutualInformationDecay.Form {
        switch self {
        case .hold: .hold
        case .gain(let target, let factor): .gain(target: target, factor: factor)
        case .threshold(let threshold): .threshold(threshold)
        case .level(let exponent): .level(exponent: exponent)
        }
    }
}
