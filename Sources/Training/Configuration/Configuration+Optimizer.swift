extension Configuration {
    /// Section `optimizer`.
    public struct Optimizer: Equatable, Sendable {
        /// Key `name`, with the keys that go with each optimizer; default `sgd`.
        public var method = Method.sgd(StochasticGradientDescent())
        /// Key `weightDecay`: factor of the L2 penalty's gradient, for `adamw`, `lamb`, `schedule-free-adamw`, `momo` and
        /// `prodigy` of the parameters' own decay; not applied to biases and normalisations; at least 0, default 0, for `adamw` 0.01.
        public var weightDecay = 0.0
        /// Key `clipNorm`: the largest L2 norm of the whole gradient, longer ones are scaled down to it; default null,
        /// no clipping.
        public var clipNorm: Double?

        public init() {}

        public enum Method: Equatable, Sendable {
            case sgd(StochasticGradientDescent)
            case adam(Moments)
            case adamw(Moments)
            case rmsprop(RMSprop)
            case adagrad(AdaGrad)
            case lars(LARS)
            case lamb(Moments)
            case scheduleFreeSGD(ScheduleFreeSGD)
            case scheduleFreeAdamW(ScheduleFreeAdamW)
            case momo(MoMo)
            case dog(DoG)
            case prodigy(Prodigy)
        }

        public struct StochasticGradientDescent: Equatable, Sendable {
            /// Key `momentum`: in [0, 1), default 0.9.
            public var momentum = 0.9
            /// Key `nesterov`: default false; true needs a momentum above 0.
            public var nesterov = false

            public init() {}
        }

        /// Of `adam`, `adamw` and `lamb`.
        public struct Moments: Equatable, Sendable {
            /// Key `beta1`: of the mean gradient, in [0, 1), default 0.9.
            public var beta1 = 0.9
            /// Key `beta2`: of the mean square, in [0, 1), default 0.999.
            public var beta2 = 0.999
            /// Key `epsilon`: above 0, default 1e-8, for `lamb` 1e-6.
            public var epsilon: Double

            public init(epsilon: Double = 1e-8) {
                self.epsilon = epsilon
            }
        }

        public struct RMSprop: Equatable, Sendable {
            /// Key `alpha`: of the mean square, in [0, 1), default 0.99.
            public var alpha = 0.99
            /// Key `epsilon`: above 0, default 1e-8.
            public var epsilon = 1e-8
            /// Key `momentum`: in [0, 1), default 0.
            public var momentum = 0.0
            /// Key `centered`: whether the mean gradient is taken off; default false.
            public var centered = false

            public init() {}
        }

        public struct AdaGrad: Equatable, Sendable {
            /// Key `rateDecay`: the rate is divided by 1 + this for each update before; at least 0, default 0.
            public var rateDecay = 0.0
            /// Key `initialSum`: what the sums of squares begin with; at least 0, default 0.
            public var initialSum = 0.0
            /// Key `epsilon`: above 0, default 1e-10.
            public var epsilon = 1e-10

            public init() {}
        }

        public struct LARS: Equatable, Sendable {
            /// Key `momentum`: in [0, 1), default 0.9.
            public var momentum = 0.9
            /// Key `trust`: the share of a tensor's size that a rate of 1 changes in a step; above 0, default 0.001.
            public var trust = 0.001

            public init() {}
        }
    }
}
