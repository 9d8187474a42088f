import NeuralNetwork
import Optimizers

extension Configuration {
    /// The network for samples of `sampleShape`, `[C, H, W]` or `[features]`, in `classCount` classes.
    ///
    /// - Throws: `ConfigurationError` where the last layer doesn't have one unit a class.
    public func network(sampleShape: [Int], classCount: Int) throws(ConfigurationError) -> NetworkSpecification {
        switch model {
        case .mlp(let mlp):
            return .mlp(
                inputShape: sampleShape, hidden: mlp.hidden, classes: classCount,
                activation: mlp.activation.function, dropout: Float(mlp.dropout))
        case .layers(let layers):
            if case .dense(let last)? = layers.last, last.units != classCount {
                throw ConfigurationError(
                    place: "configuration", keyPath: "model.layers[\(layers.count - 1)].dense.units",
                    problem: "expected one unit for each of the \(classCount) classes of the data, found \(last.units)")
            }
            return NetworkSpecification(inputShape: sampleShape, layers: layers.map(\.specification))
        }
    }

    /// The update rule.
    public var updateRule: any Optimizers.Optimizer {
        switch optimizer.method {
        case .sgd(let sgd):
            SGD(momentum: Float(sgd.momentum), nesterov: sgd.nesterov, weightDecay: Float(optimizer.weightDecay))
        }
    }
}

extension Configuration.Model.Layer {
    fileprivate var specification: LayerSpecification {
        switch self {
        case .dense(let dense):
            .dense(units: dense.units, bias: dense.bias, initializer: dense.initializer?.distribution)
        case .activation(let activation): .activation(activation.function)
        case .dropout(let rate): .dropout(rate: Float(rate))
        }
    }
}

extension Configuration.Model.Activation {
    fileprivate var function: NeuralNetwork.Activation {
        switch self {
        case .relu: .relu
        case .tanh: .tanh
        case .sigmoid: .sigmoid
        }
    }
}

extension Configuration.Model.Initializer {
    fileprivate var distribution: NeuralNetwork.Initializer {
        switch self {
        case .he: .he
        case .glorot: .glorot
        }
    }
}
