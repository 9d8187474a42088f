import LearningRate
import Optimizers
import Settings
import Yams

extension Configuration.Optimizer {
    /// `schedule-free-sgd`.
    public struct ScheduleFreeSGD: Equatable, Sendable {
        /// Key `momentum`: the share of the average in the point where the gradient is taken, in (0, 1), default 0.9.
        public var momentum = 0.9
        /// Key `power`: of the number of an update in its weight in the average, at least 0, default 0.
        public var power = 0.0

        public init() {}
    }

    /// `schedule-free-adamw`.
    public struct ScheduleFreeAdamW: Equatable, Sendable {
        /// Key `beta1`: the share of the average in the point where the gradient is taken, in (0, 1), default 0.9.
        public var beta1 = 0.9
        /// Key `beta2`: of the mean square, in [0, 1), default 0.999.
        public var beta2 = 0.999
        /// Key `epsilon`: above 0, default 1e-8.
        public var epsilon = 1e-8
        /// Key `power`: as for `schedule-free-sgd`.
        public var power = 0.0

        public init() {}
    }

    /// `momo`: the rate is the largest that a step may have.
    public struct MoMo: Equatable, Sendable {
        /// Key `momentum`: in [0, 1), default 0.9.
        public var momentum = 0.9
        /// Key `lowerBound`: of the loss, in nats, default 0.
        public var lowerBound = 0.0

        public init() {}
    }

    /// `dog`: the rate is a factor.
    public struct DoG: Equatable, Sendable {
        /// Key `firstDistance`: how far the first step goes in relation to the size of the parameters, above 0, default 1e-6;
        /// for networks with batch normalisation the authors advise 1e-4.
        public var firstDistance = 1e-6

        public init() {}
    }

    /// `prodigy`: the rate is a factor.
    public struct Prodigy: Equatable, Sendable {
        /// Keys `beta1`, `beta2` and `epsilon`, as for `adam`.
        public var moments = Moments()
        /// Key `beta3`: of the estimate of the distance, in [0, 1); default null, the root of `beta2`.
        public var beta3: Double?
        /// Key `firstDistance`: the estimate that it begins with, above 0, default 1e-6.
        public var firstDistance = 1e-6
        /// Key `distanceFactor`: of all estimates, above 0, default 1.
        public var distanceFactor = 1.0

        public init() {}
    }
}

// MARK: - What their papers say of rates and averages

extension Configuration.Optimizer.Method {
    /// The name and the rate of an optimizer that its paper gives a rate for, which is not searched for; nil for others.
    var published: (name: String, rate: Double)? {
        switch self {
        case .scheduleFreeSGD: ("schedule-free-sgd", 1)
        case .scheduleFreeAdamW: ("schedule-free-adamw", 0.0025)
        case .momo: ("momo", 1)
        case .dog: ("dog", 1)
        case .prodigy: ("prodigy", 1)
        case .sgd, .adam, .adamw, .rmsprop, .adagrad, .lars, .lamb: nil
        }
    }

    /// True where the paper asks for an average of the parameters.
    var asksForAverage: Bool {
        if case .dog = self { return true }
        return false
    }

    /// True where the parameters that are evaluated are an average already.
    var averagesItself: Bool {
        switch self {
        case .scheduleFreeSGD, .scheduleFreeAdamW: true
        default: false
        }
    }
}

extension Configuration {
    /// A setting that does not go with an optimizer that has a published rate.
    var publishedRateContradiction: (keyPath: String, problem: String)? {
        guard let (name, rate) = optimizer.method.published else { return nil }
        if let (key, expected) = learningRate.schedule.placeOfAuto {
            return (
                "learningRate.\(key)",
                "expected \(expected) with optimizer \(name), whose rate is \(rate) and not searched for, found auto"
            )
        }
        if learningRate.schedule.layerSettings != nil {
            return ("learningRate.layers", "expected null with optimizer \(name), found rates of layers")
        }
        return nil
    }
}

// MARK: - Reading and writing

extension Configuration.Optimizer.ScheduleFreeSGD {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        momentum = try reader.single("momentum", .between(0, 1)) ?? momentum
        power = try reader.single("power", .atLeast(0)) ?? power
    }

    var entries: [(String, Node)] { [("momentum", Node(plain: momentum)), ("power", Node(plain: power))] }

    func rule(weightDecay: Double) -> ScheduleFree {
        ScheduleFree(momentum: momentum, power: power, weightDecay: weightDecay)
    }
}

extension Configuration.Optimizer.ScheduleFreeAdamW {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        beta1 = try reader.single("beta1", .between(0, 1)) ?? beta1
        beta2 = try reader.single("beta2", .from(0, below: 1)) ?? beta2
        epsilon = try reader.single("epsilon", .above(0)) ?? epsilon
        power = try reader.single("power", .atLeast(0)) ?? power
    }

    var entries: [(String, Node)] {
        [
            ("beta1", Node(plain: beta1)), ("beta2", Node(plain: beta2)), ("epsilon", Node(plain: epsilon)),
            ("power", Node(plain: power)),
        ]
    }

    func rule(weightDecay: Double) -> ScheduleFree {
        ScheduleFree(
            momentum: beta1, squares: .init(beta2: beta2, epsilon: epsilon), power: power, weightDecay: weightDecay)
    }
}

extension Configuration.Optimizer.MoMo {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        momentum = try reader.single("momentum", .from(0, below: 1)) ?? momentum
        lowerBound = try reader.double("lowerBound", .from(-1000, through: 1000)) ?? lowerBound
    }

    var entries: [(String, Node)] {
        [("momentum", Node(plain: momentum)), ("lowerBound", Node(plain: lowerBound))]
    }
}

extension Configuration.Optimizer.DoG {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        firstDistance = try reader.single("firstDistance", .above(0)) ?? firstDistance
    }

    var entries: [(String, Node)] { [("firstDistance", Node(plain: firstDistance))] }
}

extension Configuration.Optimizer.Prodigy {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        moments = try Configuration.Optimizer.Moments(reading: reader)
        beta3 = try reader.single("beta3", .from(0, below: 1))
        firstDistance = try reader.single("firstDistance", .above(0)) ?? firstDistance
        distanceFactor = try reader.single("distanceFactor", .above(0)) ?? distanceFactor
    }

    var entries: [(String, Node)] {
        moments.entries + [
            ("beta3", Node(optional: beta3)), ("firstDistance", Node(plain: firstDistance)),
            ("distanceFactor", Node(plain: distanceFactor)),
        ]
    }
}
