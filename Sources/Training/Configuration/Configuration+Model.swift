extension Configuration {
    /// Section `model`: a preset, or the layers one by one. Key `preset` or `layers`, exactly one of them.
    public enum Model: Equatable, Sendable {
        /// `preset: mlp`: dense hidden layers, each followed by activation and dropout, and a dense layer with one unit
        /// a class.
        case mlp(MultilayerPerceptron)
        /// `layers`: at least one; the last is dense, with one unit a class, and its outputs are the logits.
        case layers([Layer])
    }
}

extension Configuration.Model {
    public struct MultilayerPerceptron: Equatable, Sendable {
        /// Key `hidden`: units of each hidden layer, default [256, 128]; empty makes a softmax regression.
        public var hidden = [256, 128]
        /// Key `activation`: `relu`, `tanh` or `sigmoid`, default `relu`.
        public var activation = Activation.relu
        /// Key `dropout`: the probability in [0, 1) that a hidden unit is dropped in training, default 0.
        public var dropout = 0.0

        public init() {}
    }

    public enum Activation: String, CaseIterable, Sendable {
        case relu
        case tanh
        case sigmoid
    }

    /// The distribution of a dense layer's initial weights; biases begin at 0.
    public enum Initializer: String, CaseIterable, Sendable {
        /// He et al. 2015: variance 2 / fan-in, made for ReLU.
        case he
        /// Glorot and Bengio 2010: variance 2 / (fan-in + fan-out), made for tanh and sigmoid.
        case glorot
    }

    public struct Dense: Equatable, Sendable {
        /// Key `units`, required.
        public var units: Int
        /// Key `bias`, default true.
        public var bias = true
        /// Key `initializer`: `auto` (default, nil here) is `he` before a ReLU, else `glorot`.
        public var initializer: Initializer?

        public init(units: Int) {
            self.units = units
        }
    }

    /// An element of `layers`: a mapping with the layer's kind as its only key, or the kind alone when it needs no
    /// settings.
    public enum Layer: Equatable, Sendable {
        /// `dense: {units: 256}`.
        case dense(Dense)
        /// `relu`, `tanh` or `sigmoid`.
        case activation(Activation)
        /// `dropout: {rate: 0.2}`: the probability in [0, 1) that a unit is dropped in training.
        case dropout(rate: Double)
    }
}
