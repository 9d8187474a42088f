/// The learning rates of a step: the same for every layer, or one for each.
public enum LayerRates: Sendable, Hashable {
    case uniform(Double)

    /// A rate for each layer that has parameters, in the order of the network.
    case perLayer([Double])

    /// The rate of a layer, by its place among the layers that have parameters.
    public subscript(layer: Int) -> Double {
        switch self {
        case .uniform(let rate): rate
        case .perLayer(let rates): rates[layer]
        }
    }

    /// The highest rate of a layer.
    public var highest: Double {
        switch self {
        case .uniform(let rate): rate
        case .perLayer(let rates): rates.max() ?? 0
        }
    }

    package func scaled(by share: Double) -> LayerRates {
        switch self {
        case .uniform(let rate): .uniform(rate * share)
        case .perLayer(let rates): .perLayer(rates.map { $0 * share })
        }
    }
}
