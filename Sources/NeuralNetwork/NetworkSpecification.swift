/// What a network is made of: the shape of a sample and the layers from input to logits. A value; nothing is allocated.
public struct NetworkSpecification: Sendable, Equatable {
    /// Shape of one sample: `[C, H, W]` or `[features]`.
    public var inputShape: [Int]
    /// From the input to the logits; the last one is dense and has one unit per class.
    public var layers: [LayerSpecification]

    public init(inputShape: [Int], layers: [LayerSpecification]) {
        self.inputShape = inputShape
        self.layers = layers
    }
}

extension NetworkSpecification {
    /// Whether any layer has statistics of all ranks, so that the ranks meet within a pass.
    public var synchronizesStatistics: Bool {
        layers.contains(where: \.synchronizesStatistics)
    }
}

extension LayerSpecification {
    fileprivate var synchronizesStatistics: Bool {
        switch self {
        case .batchNormalization(let normalization): return normalization.synchronized
        case .residual(let residual):
            guard case .layers(let shortcut) = residual.shortcut else {
                return residual.branch.contains(where: \.synchronizesStatistics)
            }
            return (residual.branch + shortcut).contains(where: \.synchronizesStatistics)
        default: return false
        }
    }
}

/// One layer as a configuration names it. Maps are `[N, C, H, W]`, vectors `[N, features]`.
public indirect enum LayerSpecification: Sendable, Equatable {
    /// `[N, …]` → `[N, units]`: each sample flattened, times a weight `[units, features]`, plus a bias `[units]`.
    /// Without an initialiser: He before a ReLU, else Glorot.
    case dense(units: Int, bias: Bool = true, initializer: Initializer? = nil)
    case convolution(Convolution)
    case batchNormalization(BatchNormalization = BatchNormalization())
    /// Each sample to mean 0 and variance 1 over all its features, then times a weight and plus a bias of the sample's
    /// shape (Ba, Kiros, Hinton, arXiv:1607.06450; PyTorch's `LayerNorm` of the whole sample shape).
    case layerNormalization(epsilon: Float = 1e-5)
    /// Element by element; the shape stays.
    case activation(Activation)
    case pooling(Pooling)
    /// `[N, C, H, W]` → `[N, C, 1, 1]`: the mean of each channel.
    case globalAveragePooling
    /// `[N, C, H, W]` → `[N, C · H · W]`. A dense layer flattens its input also without it; it counts as a layer, so that
    /// the numbers in the names of parameters are those of PyTorch's `Sequential`.
    case flatten
    /// In training each value is dropped with probability `rate` in [0, 1) and the others are scaled by 1 / (1 − rate).
    /// The rate is rounded to a multiple of 2⁻¹⁶ below 1.
    case dropout(rate: Float)
    case residual(Residual)
}

extension LayerSpecification {
    /// `[N, C, H, W]` → `[N, channels, H′, W′]` with H′ = ⌊(H + 2 · padding − kernel) / stride⌋ + 1: cross-correlation with a
    /// weight `[channels, C / groups, kernel height, kernel width]`, plus a bias `[channels]`.
    public struct Convolution: Sendable, Equatable {
        public var channels: Int
        public var kernel: Extent
        public var stride: Extent
        public var padding: Extent
        /// Divides the channels of input and output; depthwise where it is the number of input channels.
        public var groups: Int
        public var bias: Bool
        /// Nil: He before a ReLU or batch normalisation, else Glorot.
        public var initializer: Initializer?

        public init(
            channels: Int, kernel: Extent, stride: Extent = 1, padding: Extent = 0, groups: Int = 1, bias: Bool = true,
            initializer: Initializer? = nil
        ) {
            self.channels = channels
            self.kernel = kernel
            self.stride = stride
            self.padding = padding
            self.groups = groups
            self.bias = bias
            self.initializer = initializer
        }
    }

    /// Each channel to mean 0 and variance 1 over the batch, then times a weight and plus a bias, both `[C]` (Ioffe,
    /// Szegedy, ICML 2015). In inference by running statistics: r ← (1 − momentum) · r + momentum · the batch's, with the
    /// unbiased variance.
    public struct BatchNormalization: Sendable, Equatable {
        /// In (0, 1].
        public var momentum: Float
        /// Above 0.
        public var epsilon: Float
        /// Whether the statistics are those of the global batch, summed over all ranks, and not of each rank's micro-batch.
        public var synchronized: Bool

        public init(momentum: Float = 0.1, epsilon: Float = 1e-5, synchronized: Bool = false) {
            self.momentum = momentum
            self.epsilon = epsilon
            self.synchronized = synchronized
        }
    }

    /// `[N, C, H, W]` → `[N, C, H′, W′]`, the extents as those of a convolution.
    public struct Pooling: Sendable, Equatable {
        public enum Kind: String, Sendable, CaseIterable {
            /// Padding never wins.
            case max
            /// Padding counts as zeros.
            case average
        }

        public var kind: Kind
        public var kernel: Extent
        public var stride: Extent
        /// At most half the kernel.
        public var padding: Extent

        /// - Parameter stride: nil for that of the kernel's size.
        public init(_ kind: Kind, kernel: Extent, stride: Extent? = nil, padding: Extent = 0) {
            self.kind = kind
            self.kernel = kernel
            self.stride = stride ?? kernel
            self.padding = padding
        }
    }

    /// branch(x) + shortcut(x), followed by whatever comes next (He, Zhang, Ren, Sun, CVPR 2016).
    public struct Residual: Sendable, Equatable {
        /// How the input reaches the sum.
        public enum Shortcut: Sendable, Equatable {
            /// As it is; the branch keeps its shape.
            case identity
            /// Option A of the paper: every stride-th row and column, and zeros for the further channels; no parameters.
            case padding
            /// Layers of its own; option B of the paper is a convolution 1 × 1 with batch normalisation.
            case layers([LayerSpecification])
        }

        public var branch: [LayerSpecification]
        public var shortcut: Shortcut

        public init(_ branch: [LayerSpecification], shortcut: Shortcut = .identity) {
            self.branch = branch
            self.shortcut = shortcut
        }
    }

    /// Rows and columns of a kernel, a stride or a padding.
    public struct Extent: Sendable, Equatable, ExpressibleByIntegerLiteral {
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

        public init(integerLiteral side: Int) {
            self.init(side)
        }
    }
}

/// Element-wise non-linear functions.
public enum Activation: String, Sendable, CaseIterable {
    case relu, tanh, sigmoid
}

/// Distributions of initial weights; biases start at 0. The fan-in of a convolution is C / groups · kernel height ·
/// kernel width, its fan-out channels / groups · the same area.
public enum Initializer: String, Sendable, CaseIterable {
    /// Normal with variance 2 / fan-in (He, Zhang, Ren, Sun, ICCV 2015, equation 10).
    case he
    /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot, Bengio, AISTATS 2010, equation 16).
    case glorot
}
