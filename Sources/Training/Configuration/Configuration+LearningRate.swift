extension Configuration {
    /// Section `learningRate`.
    public struct LearningRate: Equatable, Sendable {
        /// Key `schedule`, with the keys that go with each schedule; default `mutual-information`, with an optimizer whose
        /// paper gives a rate `constant`.
        public var schedule = Schedule.mutualInformation(MutualInformation())
        /// Key `warmup`: epochs over which the rate rises linearly; default 0. With the mutual-information schedule from the
        /// lower bound to the upper one, and at most `training.cycle`; with others from a hundredth of their first rate, and
        /// they begin after it.
        public var warmup = 0.0
        /// Key `horizon`: epochs after which `polynomial`, `cosine`, `constant-cooldown` and `one-cycle` are at their lowest; above 0, default
        /// null: the end of the run. Counted from the end of the warm-up.
        public var horizon: Double?
        /// Key `search`: what finds the bounds that are `auto`: `trials` (default) or `range-test`, the default where there are
        /// keys under `rangeTest`.
        public var search = Search.trials
        public var rangeTest = RangeTest()

        public init() {}
    }
}

extension Configuration.LearningRate {
    public indirect enum Schedule: Equatable, Sendable {
        case mutualInformation(MutualInformation)
        case cyclical(Cyclical)
        /// Every other schedule: a course from a highest rate. Key `rate`.
        case course(Course, from: Rate)
        /// `joined`: key `parts`, schedules one after the other.
        case joined([Part])

        public static func constant(rate: Double) -> Schedule { .course(.constant, from: .fixed(rate)) }
    }

    /// A search for the bounds.
    public enum Search: String, CaseIterable, Sendable {
        /// A sweep of rising rates; keys under `rangeTest`.
        case rangeTest = "range-test"
        /// Short trainings at some rates, judged by samples held out; see `RateTrials`. Nothing is to be set.
        case trials
    }

    /// The highest rate.
    public enum Rate: Equatable, Sendable {
        /// `auto` (default): the upper bound that the search finds; with an optimizer whose paper gives a rate, that one.
        case auto
        /// Above 0.
        case fixed(Double)
    }

    /// How the rate goes on from its highest value. Times are in epochs; a `floor` is a share in [0, 1] of the highest rate.
    public enum Course: Equatable, Sendable {
        case constant
        /// `step`: keys `every`, above 0, default 10, and `factor`, in (0, 1], default 0.1.
        case step(every: Double, factor: Double)
        /// `multi-step`: keys `at`, a rising list, required, and `factor`, default 0.1.
        case multiStep(at: [Double], factor: Double)
        /// `exponential`: key `factor` of an epoch, in (0, 1], default 0.9.
        case exponential(factor: Double)
        /// `inverse-time`: key `decay` of an epoch, at least 0, default 1.
        case inverseTime(decay: Double)
        /// `polynomial`: keys `power`, above 0, default 1, and `floor`, default 0.
        case polynomial(power: Double, floor: Double)
        /// `cosine`: key `floor`, default 0.
        case cosine(floor: Double)
        /// `constant-cooldown`: keys `share` of the horizon in which the rate falls by 1 − √u at its end, in (0, 1], default
        /// 0.2, and `floor`, default 0.
        case constantCooldown(share: Double, floor: Double)
        /// `cosine-restarts`: keys `period`, above 0, default 10, `periodFactor`, by which each is longer than the one
        /// before, an integer of at least 1, default 1, and
        /// `floor`, default 0.
        case cosineRestarts(period: Double, periodFactor: Int, floor: Double)
        /// `one-cycle`: keys `rise`, the share in (0, 1) of the horizon, default 0.3; `startDivisor` of the highest rate,
        /// default 25, and `endDivisor` of the first rate, default 10⁴, both at least 1.
        case oneCycle(rise: Double, startDivisor: Double, endDivisor: Double)
        case plateau(Plateau)
    }

    /// `plateau`: the rate falls when a metric no longer gets better.
    public struct Plateau: Equatable, Sendable {
        /// Key `metric`: `loss` (default) or `accuracy`.
        public var metric = Metric.loss
        /// Key `source`: of the predictions on `train` (default) or `validation`.
        public var source = Source.train
        /// Key `factor`: in (0, 1], default 0.1.
        public var factor = 0.1
        /// Key `patience`: cycles without improvement that are let pass, at least 0, default 10.
        public var patience = 10
        /// Key `threshold`: what counts as improvement, relative; in [0, 1), default 1e-4.
        public var threshold = 1e-4
        /// Key `cooldown`: cycles after a fall that do not count, at least 0, default 0.
        public var cooldown = 0
        /// Key `floor`: default 0.
        public var floor = 0.0

        public init() {}

        public enum Metric: String, CaseIterable, Sendable {
            case loss, accuracy
        }
    }

    /// `cyclical`: up and down between bounds.
    public struct Cyclical: Equatable, Sendable {
        /// Key `bounds`: `auto` (default), found by the search, or `{min: …, max: …}`.
        public var bounds = Bounds.auto
        /// Key `halfCycle`: epochs of a rise, and of a fall; above 0, default 2.
        public var halfCycle = 2.0
        /// Key `mode`: `triangular` (default), `triangular2` or `exp-range`.
        public var mode = Mode.triangular
        /// Key `factor`: of a step in mode `exp-range`, in (0, 1], default 0.9999.
        public var factor = 0.9999

        public init() {}

        public enum Mode: String, CaseIterable, Sendable {
            case triangular, triangular2
            case expRange = "exp-range"
        }
    }

    /// One of joined schedules.
    public struct Part: Equatable, Sendable {
        /// Key `epochs`: above 0; needed but for the last part, which goes on to the end.
        public var epochs: Double?
        /// Keys `schedule` and those that go with it; any but `joined`.
        public var schedule: Schedule

        public init(epochs: Double?, _ schedule: Schedule) {
            self.epochs = epochs
            self.schedule = schedule
        }
    }

    /// `mutual-information`: the rate falls by what the network's predictions have come to say about the labels.
    public struct MutualInformation: Equatable, Sendable {
        /// Key `form`, with the keys that go with each form; default `hold`.
        public var form = Form.hold
        /// Key `source`: the predictions looked at, `train` or `validation`; default `train`.
        public var source = Source.train
        /// Key `predictions`: `hard` (default), the class of the largest logit, or `soft`, all classes by their predicted
        /// probabilities; `soft` for at most 1,024 classes.
        public var predictions = Predictions.hard
        /// Key `estimator`: of mutual information from hard predictions: `plug-in` (default), `miller-madow`, `chao-shen` or
        /// `shuffle`; other than `plug-in` for many classes and few samples.
        public var estimator = Estimator.plugIn
        /// Key `bounds`: `auto` (default), found by the search, or `{min: …, max: …}`.
        public var bounds = Bounds.auto
        /// Key `layers`: null (default), one rate for all; or how layers are measured that have rates of their own, for
        /// example `{measure: winner}`.
        public var layers: Layers?

        public init() {}
    }

    /// Key `layers`: each layer with parameters has its own rate, by what its output says about the labels.
    public struct Layers: Equatable, Sendable {
        /// Key `measure`: `prototype` (default), the class whose mean output is nearest, the means being those of the cycle
        /// before; or `winner`, the largest unit or channel.
        public var measure = Measure.prototype
        /// Key `share`: of the samples that are looked at in each cycle, in (0, 1], default 0.05.
        public var share = 0.05

        public init() {}

        public enum Measure: String, CaseIterable, Sendable {
            case prototype, winner
        }
    }

    public enum Predictions: String, CaseIterable, Sendable {
        case hard, soft
    }

    public enum Estimator: String, CaseIterable, Sendable {
        case plugIn = "plug-in"
        case millerMadow = "miller-madow"
        case chaoShen = "chao-shen"
        case shuffle
    }

    public enum Form: Equatable, Sendable {
        /// `hold`: the rate is halved when mutual information no longer grows by more than its error; no keys.
        case hold
        /// `gain`: keys `target`, the share in (0, 1) of the remaining equivocation that an epoch should remove,
        /// default 0.2; and `factor`, in (0, 1), by which the rate falls when a cycle removes none, default 0.7.
        case gain(target: Double, factor: Double)
        /// `threshold`: key `threshold`, the relative rise of mutual information under which the rate falls; above 0,
        /// default 0.01.
        case threshold(Double)
        /// `level`: key `exponent` of the residual, above 0, default 1.
        case level(exponent: Double)
    }

    public enum Source: String, CaseIterable, Sendable {
        case train
        case validation
    }

    public enum Bounds: Equatable, Sendable {
        case auto
        /// 0 < min ≤ max.
        case fixed(min: Double, max: Double)
    }

    /// Key `rangeTest`: the sweep of `search: range-test` and of the command `range-test`.
    public struct RangeTest: Equatable, Sendable {
        /// Key `steps`: at least 10, default 400.
        public var steps = 400
        /// Key `from`: the rate of the first step, above 0, default 1e-5.
        public var from = 1e-5
        /// Key `to`: the rate of the last step, above `from`, default 10.
        public var to = 10.0
        /// Key `safety`: the upper bound is the rate of lowest loss divided by this; at least 1, default 2.5.
        public var safety = 2.5

        public init() {}
    }
}
