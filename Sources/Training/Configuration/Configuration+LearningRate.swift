extension Configuration {
    /// Section `learningRate`.
    public struct LearningRate: Equatable, Sendable {
        /// Key `schedule`, with the keys that go with each schedule; default `mutual-information`.
        public var schedule = Schedule.mutualInformation(MutualInformation())
        /// Key `warmup`: epochs over which the rate rises linearly from the lower bound to the upper one; at
        /// most `training.cycle`, default 0. Of the mutual-information schedule.
        public var warmup = 0.0
        public var rangeTest = RangeTest()

        public init() {}
    }
}

extension Configuration.LearningRate {
    public enum Schedule: Equatable, Sendable {
        /// `constant`: key `rate`, above 0, required.
        case constant(rate: Double)
        case mutualInformation(MutualInformation)
    }

    /// `mutual-information`: the rate falls by what the network's predictions have come to say about the labels.
    public struct MutualInformation: Equatable, Sendable {
        /// Key `form`, with the keys that go with each form; default `gain`.
        public var form = Form.gain(target: 0.2, factor: 0.5)
        /// Key `source`: the predictions looked at, `train` or `validation`; default `train`.
        public var source = Source.train
        /// Key `bounds`: `auto` (default), found by the range test, or `{min: …, max: …}`.
        public var bounds = Bounds.auto

        public init() {}
    }

    public enum Form: Equatable, Sendable {
        /// `gain`: keys `target`, the share in (0, 1) of the remaining equivocation that an epoch should remove,
        /// default 0.2; and `factor`, in (0, 1), by which the rate falls when a cycle removes none, default 0.5.
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

    /// Key `rangeTest`: the search for the bounds, used by `bounds: auto` and the command `range-test`.
    public struct RangeTest: Equatable, Sendable {
        /// Key `steps`: at least 10, default 400.
        public var steps = 400
        /// Key `from`: the rate of the first step, above 0, default 1e-5.
        public var from = 1e-5
        /// Key `to`: the rate of the last step, above `from`, default 10.
        public var to = 10.0
        /// Key `safety`: the upper bound is the rate of lowest loss divided by this; at least 1, default 5.
        public var safety = 5.0

        public init() {}
    }
}
