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

    /// A layer that cannot be is a programmer's mistake: what reads specifications from files checks them there.
    func checkLayers() {
        precondition(
            !inputShape.isEmpty && inputShape.allSatisfy { $0 >= 1 },
            "the input shape is \(inputShape), dimensions of at least 1 expected")
        precondition(!layers.isEmpty, "the network has no layers, at least 1 expected")
        for (index, layer) in layers.enumerated() {
            switch layer {
            case .dense(let units, _, _):
                precondition(units >= 1, "layer \(index) has \(units) units, at least 1 expected")
            case .dropout(let rate):
                precondition((0..<1).contains(rate), "layer \(index) has the dropout rate \(rate), 0 ..< 1 expected")
            case .activation:
                break
            }
        }
    }

    /// A multilayer perceptron: for each of `hidden` a dense layer, `activation` and, where `dropout` > 0, dropout; then
    /// a dense layer with one unit per class.
    public static func mlp(
        inputShape: [Int], hidden: [Int], classes: Int, activation: Activation = .relu, dropout: Float = 0
    ) -> NetworkSpecification {
        var layers: [LayerSpecification] = []
        for units in hidden {
            layers.append(.dense(units: units))
            layers.append(.activation(activation))
            if dropout > 0 { layers.append(.dropout(rate: dropout)) }
        }
        layers.append(.dense(units: classes))
        return NetworkSpecification(inputShape: inputShape, layers: layers)
    }
}

/// One layer as a configuration names it.
public enum LayerSpecification: Sendable, Equatable {
    /// `[N, …]` → `[N, units]`: each sample flattened, times a weight `[units, features]`, plus a bias `[units]`.
    /// Without an initialiser: He before a ReLU, else Glorot.
    case dense(units: Int, bias: Bool = true, initializer: Initializer? = nil)
    /// Element by element; the shape stays.
    case activation(Activation)
    /// In training each value is dropped with probability `rate` in [0, 1) and the others are scaled by 1 / (1 − rate).
    /// The rate is rounded to a multiple of 2⁻¹⁶ below 1.
    case dropout(rate: Float)
}

/// Element-wise non-linear functions.
public enum Activation: String, Sendable, CaseIterable {
    case relu, tanh, sigmoid
}

/// Distributions of initial weights; biases start at 0.
public enum Initializer: String, Sendable, CaseIterable {
    /// Normal with variance 2 / fan-in (He, Zhang, Ren, Sun, ICCV 2015, equation 10).
    case he
    /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot, Bengio, AISTATS 2010, equation 16).
    case glorot
}
