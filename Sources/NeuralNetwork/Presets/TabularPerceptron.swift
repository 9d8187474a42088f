import Settings

/// A perceptron for tables: for each of `hidden` a dense layer, batch normalization, ReLU and dropout; then a dense layer with one unit
/// per class. Columns of many levels are embedded in front of it (fastai's `TabularModel`, from which the sizes are; dropout as the MLP
/// of Gorishniy, Rubachev, Khrulkov, Babenko, NeurIPS 2021).
public struct TabularPerceptron: Architecture {
    public static let name = "tab-mlp"
    public static let usualShape = [20]

    public var hidden = [200, 100]
    public var dropout = 0.1
    public var synchronized = false

    public init() {}

    public static let settings: [Setting<Self>] = [
        .init(list: "hidden", \.hidden, .atLeast(1), "units of each hidden layer; none make a softmax regression"),
        .dropout(\.dropout, "probability that a hidden unit is dropped in training"),
        .synchronized(\.synchronized),
    ]

    /// Rows of embeddings have a gradient in some steps alone.
    public var favorsAdaptiveRates: Bool { true }

    public func network(inputShape: [Int], classes: Int) -> NetworkSpecification {
        var layers: [any LayerSpecification] = []
        for units in hidden {
            layers += [Dense(units: units, bias: false), BatchNormalization(synchronized: synchronized), ReLU()]
            if dropout != 0 { layers.append(Dropout(rate: dropout)) }
        }
        return NetworkSpecification(inputShape: inputShape, layers: layers + [Dense(units: classes)])
    }
}
