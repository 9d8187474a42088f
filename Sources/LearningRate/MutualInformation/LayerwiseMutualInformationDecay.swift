/// Decays the rate of each layer that has parameters by what the layer's own output T says about the labels: I(Y;T) takes
/// the place of I(Y;Ŷ) in a `MutualInformationDecay` of the layer's own. All begin with the same bounds and form.
///
/// What is measured, `GlobalMetrics.layers`, is a lower bound of I(Y;T). A cycle in which the layers were not measured
/// changes no rate and is not compared with.
///
/// Source: S. Vasudevan, "Mutual Information Based Learning Rate Decay for Stochastic Gradient Descent Training of Deep
/// Neural Networks", Entropy 22(5):560, 2020.
public struct LayerwiseMutualInformationDecay: RateRule, Hashable {
    /// Decay of each layer, in the order of the network.
    public private(set) var layers: [MutualInformationDecay]

    public init(
        layerCount: Int, bounds: RateBounds, warmUpSteps: Int = 0, form: MutualInformationDecay.Form = .hold
    ) {
        precondition(layerCount >= 1, "a network has at least 1 layer with parameters, got \(layerCount)")
        let layer = MutualInformationDecay(bounds: bounds, warmUpSteps: warmUpSteps, form: form)
        layers = Array(repeating: layer, count: layerCount)
    }

    /// The highest of the layers.
    public func rate(at step: Int) -> Double {
        layers.reduce(0) { max($0, $1.rate(at: step)) }
    }

    public func rates(at step: Int) -> LayerRates {
        .perLayer(layers.map { $0.rate(at: step) })
    }

    /// Whether no layer's rate can fall any more.
    public var isAtMinimum: Bool { layers.allSatisfy(\.isAtMinimum) }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        let before = rate(at: metrics.step)
        guard !metrics.layers.isEmpty else {
            return RateDecision(before: before, after: before, reason: .layersNotMeasured)
        }
        precondition(
            metrics.layers.count == layers.count,
            "\(layers.count) layers have rates, \(metrics.layers.count) were measured")
        var fallen = 0
        for index in layers.indices {
            let decision = layers[index].observe(metrics.ofLayer(index))
            if decision.after < decision.before { fallen += 1 }
        }
        return RateDecision(
            before: before, after: rate(at: metrics.step), reason: .layers(fallen: fallen, count: layers.count))
    }
}

extension LayerwiseMutualInformationDecay {
    private enum CodingKeys: CodingKey {
        case layers
    }

    /// Throws `DecodingError.dataCorrupted` when there is no layer or a value is out of its range.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        layers = try container.decode([MutualInformationDecay].self, forKey: .layers)
        try decoder.check(layers.isEmpty ? "a network has at least 1 layer with parameters, got 0" : nil)
    }
}
