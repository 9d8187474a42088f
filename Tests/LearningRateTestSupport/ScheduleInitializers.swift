import LearningRate

// Schedules that have begun, in a run whose time is counted in steps.

extension Schedule {
    public func begun(horizon: Int = 1) -> Self { begun(.steps(horizon)) }
}

extension Constant {
    public init(rate: Double) {
        self.init(rate: .fixed(rate))
        begin(.steps())
    }
}

extension StepDecay {
    public init(rate: Double, factor: Double = 0.1, length: Int) {
        self.init()
        (self.rate, self.factor, every) = (.fixed(rate), factor, Double(length))
        begin(.steps())
    }
}

extension MultiStepDecay {
    public init(rate: Double, factor: Double = 0.1, falls: [Int]) {
        self.init()
        (self.rate, self.factor, at) = (.fixed(rate), factor, falls.map(Double.init))
        begin(.steps())
    }
}

extension ExponentialDecay {
    /// - Parameter length: steps that `factor` is for.
    public init(rate: Double, factor: Double, length: Int) {
        self.init()
        (self.rate, self.factor) = (.fixed(rate), factor)
        begin(ScheduleRun(stepsPerEpoch: length, horizon: 1))
    }
}

extension InverseTimeDecay {
    /// - Parameter length: steps that `decay` is for.
    public init(rate: Double, decay: Double, length: Int) {
        self.init()
        (self.rate, self.decay) = (.fixed(rate), decay)
        begin(ScheduleRun(stepsPerEpoch: length, horizon: 1))
    }
}

extension InverseSquareRootDecay {
    /// - Parameter hold: steps before the fall.
    public init(rate: Double, hold: Int) {
        self.init()
        (self.rate, self.hold) = (.fixed(rate), Double(hold))
        begin(.steps())
    }
}

extension PolynomialDecay {
    /// - Parameter floor: the lowest rate.
    public init(rate: Double, floor: Double = 0, power: Double = 1, length: Int) {
        self.init()
        (self.rate, self.floor, self.power) = (.fixed(rate), floor / rate, power)
        begin(.steps(length))
    }
}

extension CosineDecay {
    /// - Parameter floor: the lowest rate.
    public init(rate: Double, floor: Double = 0, length: Int) {
        self.init()
        (self.rate, self.floor) = (.fixed(rate), floor / rate)
        begin(.steps(length))
    }
}

extension ConstantCooldown {
    /// - Parameter floor: the lowest rate.
    public init(rate: Double, floor: Double = 0, share: Double = 0.2, length: Int) {
        self.init()
        (self.rate, self.floor, self.share) = (.fixed(rate), floor / rate, share)
        begin(.steps(length))
    }
}

extension CosineWarmRestarts {
    /// - Parameter floor: the lowest rate.
    public init(rate: Double, floor: Double = 0, period: Int, periodFactor: Int = 1) {
        self.init()
        (self.rate, self.floor, self.period, self.periodFactor) = (
            .fixed(rate), floor / rate, Double(period), periodFactor
        )
        begin(.steps())
    }
}

extension OneCycle {
    public init(rate: Double, rise: Double = 0.3, startDivisor: Double = 25, endDivisor: Double = 1e4, length: Int) {
        self.init()
        (self.rate, self.rise, self.startDivisor, self.endDivisor) = (.fixed(rate), rise, startDivisor, endDivisor)
        begin(.steps(length))
    }
}

extension CyclicalRate {
    public init(bounds: RateBounds, halfCycle: Int, mode: Mode = .triangular, factor: Double = 0.9999) {
        self.init()
        self.bounds = GivenBounds(min: bounds.minimum, max: bounds.maximum)
        (self.halfCycle, self.mode, self.factor) = (Double(halfCycle), mode, factor)
        begin(.steps())
    }
}

extension Plateau {
    /// - Parameter floor: the lowest rate.
    public init(
        rate: Double, metric: Metric = .loss, factor: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4,
        cooldown: Int = 0, floor: Double = 0
    ) {
        self.init()
        (self.rate, self.metric, self.factor, self.patience) = (.fixed(rate), metric, factor, patience)
        (self.threshold, self.cooldown, self.floor) = (threshold, cooldown, floor / rate)
        begin(.steps())
    }
}

extension MutualInformation {
    public init(bounds: RateBounds, warmUpSteps: Int = 0, form: Form = .hold) {
        self.init()
        self.bounds = GivenBounds(min: bounds.minimum, max: bounds.maximum)
        self.form = form
        begin(ScheduleRun(stepsPerEpoch: 1, horizon: 1, warmUpSteps: warmUpSteps))
    }
}

extension RunningSchedule {
    public static func constant(_ rate: Double) -> Self { Self(Constant(rate: rate)) }

    /// - Parameters:
    ///   - layerCount: layers that have rates of their own; nil for one rate.
    public static func mutualInformation(
        bounds: RateBounds, form: MutualInformation.Form = .hold, layerCount: Int? = nil, warmUpSteps: Int = 0
    ) -> Self {
        var schedule = MutualInformation()
        schedule.bounds = GivenBounds(min: bounds.minimum, max: bounds.maximum)
        schedule.form = form
        schedule.layers = layerCount.map { _ in LayerwiseSettings() }
        return Self(
            schedule.begun(
                ScheduleRun(stepsPerEpoch: 1, horizon: 1, layerCount: layerCount ?? 1, warmUpSteps: warmUpSteps)))
    }
}
