extension Configuration {
    /// Section `optimizer`.
    public struct Optimizer: Equatable, Sendable {
        /// Key `name`, with the keys that go with each optimizer; default `sgd`.
        public var method = Method.sgd(StochasticGradientDescent())
        /// Key `weightDecay`: factor of the L2 penalty's gradient, not applied to biases; at least 0, default 0.
        public var weightDecay = 0.0
        /// Key `clipNorm`: the largest L2 norm of the whole gradient, longer ones are scaled down to it; default null,
        /// no clipping.
        public var clipNorm: Double?

        public init() {}

        public enum Method: Equatable, Sendable {
            case sgd(StochasticGradientDescent)
        }

        public struct StochasticGradientDescent: Equatable, Sendable {
            /// Key `momentum`: in [0, 1), default 0.9.
            public var momentum = 0.9
            /// Key `nesterov`: default false; true needs a momentum above 0.
            public var nesterov = false

            public init() {}
        }
    }
}
