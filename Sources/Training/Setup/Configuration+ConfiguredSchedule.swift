import LearningRate

extension Configuration {
    /// The schedule, given the bounds where the configuration leaves them to the range test.
    ///
    /// - Parameter stepsPerEpoch: what turns the warm-up into steps.
    func schedule(bounds found: RateBounds?, stepsPerEpoch: Int) -> ConfiguredSchedule {
        switch learningRate.schedule {
        case .constant(let rate):
            return .constant(Constant(rate: rate))
        case .mutualInformation(let settings):
            let bounds: RateBounds
            switch settings.bounds {
            case .fixed(let min, let max): bounds = RateBounds(minimum: min, maximum: max)
            case .auto:
                guard let found else { preconditionFailure("bounds: auto needs the bounds of a range test") }
                bounds = found
            }
            return .mutualInformationDecay(
                MutualInformationDecay(
                    bounds: bounds, warmUpSteps: Int((learningRate.warmup * Double(stepsPerEpoch)).rounded()),
                    form: settings.form.rule))
        }
    }

    /// Whether a range test comes before training.
    var needsRangeTest: Bool {
        guard case .mutualInformation(let settings) = learningRate.schedule else { return false }
        return settings.bounds == .auto
    }

    /// The range test that the configuration describes.
    var rangeTest: RangeTest {
        let settings = learningRate.rangeTest
        return RangeTest(
            steps: settings.steps, lowestRate: settings.from, highestRate: settings.to, safety: settings.safety)
    }

    /// The predictions that steer the rate.
    var source: Trainer.Plan.Source {
        guard case .mutualInformation(let settings) = learningRate.schedule else { return .train }
        return settings.source == .train ? .train : .validation
    }
}

extension Configuration.LearningRate.Form {
    fileprivate var rule: MutualInformationDecay.Form {
        switch self {
        case .gain(let target, let factor): .gain(target: target, factor: factor)
        case .threshold(let threshold): .threshold(threshold)
        case .level(let exponent): .level(exponent: exponent)
        }
    }
}
