import Settings

/// For each of `hidden` a dense layer, the activation and, where `dropout` > 0, dropout; then a dense layer with one unit per
/// class.
public struct MultilayerPerceptron: Architecture {
    public static let name = "mlp"
    public static let usualShape = [1, 28, 28]

    /// Empty makes a softmax regression.
    public var hidden = [256, 128]
    public var activation: any Activation = ReLU()
    public var dropout = 0.0

    public init() {}

    public static let settings: [Setting<Self>] = [
        .init(list: "hidden", \.hidden, .atLeast(1), "units of each hidden layer; none make a softmax regression"),
        .init(component: "activation", \.activation, among: LayerRegistry.activations, "function of the hidden units"),
        .dropout(\.dropout, "probability that a hidden unit is dropped in training"),
    ]

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        var layers: [any LayerSpecification] = []
        for units in hidden {
            layers += [Dense(units: units), activation]
            if dropout != 0 { layers.append(Dropout(rate: dropout)) }
        }
        return NetworkSpecification(inputShape: inputShape, layers: layers + [Dense(units: classes)])
    }

    public static func == (one: Self, other: Self) -> Bool { one.written == other.written }
}

extension NetworkSpecification {
    /// A ``MultilayerPerceptron``.
    public static func mlp(
        inputShape: [Int], hidden: [Int], classes: Int, activation: any Activation = ReLU(), dropout: Double = 0
    ) -> NetworkSpecification {
        var mlp = MultilayerPerceptron()
        (mlp.hidden, mlp.activation, mlp.dropout) = (hidden, activation, dropout)
        return mlp.network(inputShape: inputShape, classes: classes)
    }
}
