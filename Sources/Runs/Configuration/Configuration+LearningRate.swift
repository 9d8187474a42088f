import LearningRate
import Settings

extension Configuration {
    /// Section `learningRate`.
    public struct LearningRate: Configurable {
        public var schedule: any Schedule = MutualInformation()
        public var warmup = 0.0
        public var horizon: Double?
        public var layerDecay = 1.0
        public var search = Search.trials
        public var rangeTest = RangeTest()

        public init() {}

        /// A search for the bounds.
        public enum Search: String, CaseIterable, SettingValue {
            case trials
            case rangeTest = "range-test"
        }

        public static let settings: [Setting<Self>] = [
            .init(
                choice: "schedule", \.schedule, "schedule", among: Schedules.all,
                "course of the learning rate; constant with an optimizer whose paper gives a rate"
            ).alsoKnownAs("scheduler", "lr_scheduler", "lr_policy"),
            .init(
                "warmup", \.warmup, .from(0, through: Limit<Double>.mostEpochs), unit: "epochs",
                "time over which the rate rises linearly: with the mutual-information schedule from the lower bound to the "
                    + "upper one, and at most training.cycle; with others from a hundredth of their first rate, and they "
                    + "begin after it"
            ).alsoKnownAs("warmup_steps", "warmup_epochs"),
            .init(
                "horizon", \.horizon, .above(0, through: Limit<Double>.mostEpochs), unit: "epochs",
                "time after which polynomial, cosine, constant-cooldown and one-cycle are at their lowest, from the end of the warm-up; null: "
                    + "the end of the run"),
            .init(
                "layerDecay", \.layerDecay, .above(0, through: 1),
                "factor of the rate from each layer or block to the one in front of it, from the last one on, for a training "
                    + "that begins with weights; 1: the same rate in all"
            ).alsoKnownAs("layer_decay", "layerwise_lr_decay", "layer_lr_decay", "llrd", "depthDecay"),
            .init(
                "search", \.search,
                "what finds bounds that are auto: trials, short trainings at some rates, judged by samples held out; "
                    + "range-test, a sweep of rising rates"),
            .init(
                section: "rangeTest", \.rangeTest, isInline: true,
                "sweep of search: range-test and of the command range-test"
            ).choosing("search", \.search, .rangeTest),
        ]
    }
}

extension Configuration.LearningRate: Equatable {
    public static func == (one: Self, other: Self) -> Bool { one.written == other.written }
}

extension Configuration.LearningRate {
    /// The sweep of rising rates.
    public struct RangeTest: Configurable, Equatable {
        public var steps = 400
        public var from = 1e-5
        public var to = 10.0
        public var safety = 2.5

        public init() {}

        public static let settings: [Setting<Self>] = [
            .init("steps", \.steps, .atLeast(10), "steps of the sweep"),
            .init("from", \.from, .above(0).inSinglePrecision, "rate of the first step"),
            .init("to", \.to, .above(0).inSinglePrecision, "rate of the last step"),
            .init("safety", \.safety, .atLeast(1), "divisor of the rate of lowest loss, which gives the upper bound"),
        ]

        public var contradiction: Contradiction? {
            to > from ? nil : Contradiction("to", "expected more than rangeTest.from (\(from)), found \(to)")
        }
    }
}
