extension Configuration.Model {
    /// An element of `layers`: a mapping with the layer's kind as its only key, or the kind alone when it needs no
    /// settings.
    public indirect enum Layer: Equatable, Sendable {
        /// `dense: {units: 256}`.
        case dense(Dense)
        /// `convolution: {channels: 32, kernel: 3}`.
        case convolution(Convolution)
        /// `batchNormalization`.
        case batchNormalization(BatchNormalization)
        /// `layerNormalization`, with `epsilon` above 0, default 1e-5.
        case layerNormalization(epsilon: Double)
        /// `relu`, `tanh` or `sigmoid`.
        case activation(Activation)
        /// `maxPooling: {kernel: 2}`: padding never wins.
        case maxPooling(Pooling)
        /// `averagePooling: {kernel: 2}`: padding counts as zeros.
        case averagePooling(Pooling)
        /// `globalAveragePooling`: the mean of each channel.
        case globalAveragePooling
        /// `flatten`.
        case flatten
        /// `dropout: {rate: 0.2}`: the probability in [0, 1) that a value is dropped in training.
        case dropout(rate: Double)
        /// `residual: {branch: […]}`.
        case residual(Residual)
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

    public struct Convolution: Equatable, Sendable {
        /// Key `channels`, required: of the output.
        public var channels: Int
        /// Key `kernel`, required.
        public var kernel: Extent
        /// Key `stride`, default 1.
        public var stride = Extent(1)
        /// Key `padding`: rows and columns of zeros on every side, default 0.
        public var padding = Extent(0)
        /// Key `groups`: divides the channels of input and output, default 1.
        public var groups = 1
        /// Key `bias`, default true.
        public var bias = true
        /// Key `initializer`: `auto` (default, nil here) is `he` before a ReLU or batch normalisation, else `glorot`.
        public var initializer: Initializer?

        public init(channels: Int, kernel: Extent) {
            self.channels = channels
            self.kernel = kernel
        }
    }

    public struct BatchNormalization: Equatable, Sendable {
        /// Key `momentum`: the weight in (0, 1] of a batch in the running statistics, default 0.1.
        public var momentum = 0.1
        /// Key `epsilon`: added to the variance, above 0, default 1e-5.
        public var epsilon = 1e-5
        /// Key `synchronized`: whether the statistics are those of the global batch, and not of each rank's samples;
        /// default false.
        public var synchronized = false

        public init() {}
    }

    public struct Pooling: Equatable, Sendable {
        /// Key `kernel`, required.
        public var kernel: Extent
        /// Key `stride`, default the kernel's size.
        public var stride: Extent
        /// Key `padding`: at most half the kernel, default 0.
        public var padding = Extent(0)

        public init(kernel: Extent) {
            self.kernel = kernel
            stride = kernel
        }
    }

    public struct Residual: Equatable, Sendable {
        public enum Shortcut: Equatable, Sendable {
            /// `identity`: the input as it is.
            case identity
            /// `padding`: every stride-th row and column, and zeros for the further channels.
            case padding
            /// A list of layers.
            case layers([Layer])
        }

        /// Key `branch`: layers, at least one.
        public var branch: [Layer]
        /// Key `shortcut`: `identity`, `padding` or layers; what is added to the branch's output. Default `identity`.
        public var shortcut = Shortcut.identity

        public init(branch: [Layer]) {
            self.branch = branch
        }
    }

    /// Rows and columns: one number for both, or `[height, width]`.
    public struct Extent: Equatable, Sendable {
        public var height: Int
        public var width: Int

        public init(height: Int, width: Int) {
            self.height = height
            self.width = width
        }

        /// A square.
        public init(_ side: Int) {
            self.init(height: side, width: side)
        }
    }

    /// The distribution of a layer's initial weights; biases begin at 0.
    public enum Initializer: String, CaseIterable, Sendable {
        /// He et al. 2015: variance 2 / fan-in, made for ReLU.
        case he
        /// Glorot and Bengio 2010: variance 2 / (fan-in + fan-out), made for tanh and sigmoid.
        case glorot
    }
}

extension Configuration.Model.Layer {
    /// The kinds, as an error lists them.
    static let kinds =
        ["dense", "convolution", "batchNormalization", "layerNormalization"]
        + Configuration.Model.Activation.allCases.map(\.rawValue)
        + ["maxPooling", "averagePooling", "globalAveragePooling", "flatten", "dropout", "residual"]

    /// The key that stands for the layer in `layers`.
    var kind: String {
        switch self {
        case .dense: "dense"
        case .convolution: "convolution"
        case .batchNormalization: "batchNormalization"
        case .layerNormalization: "layerNormalization"
        case .activation(let activation): activation.rawValue
        case .maxPooling: "maxPooling"
        case .averagePooling: "averagePooling"
        case .globalAveragePooling: "globalAveragePooling"
        case .flatten: "flatten"
        case .dropout: "dropout"
        case .residual: "residual"
        }
    }
}
