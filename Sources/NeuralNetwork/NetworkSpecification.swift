import Settings

/// What a network is made of: the shape of a sample and the layers from input to logits. A value; nothing is allocated.
public struct NetworkSpecification: Sendable, Equatable {
    /// Shape of one sample: `[C, L]`, `[C, H, W]`, `[C, D, H, W]` or `[features]`.
    public var inputShape: [Int]
    /// From the input to the logits; the last one is dense and has one unit per class.
    public var layers: [any LayerSpecification]

    public init(inputShape: [Int], layers: [any LayerSpecification]) {
        self.inputShape = inputShape
        self.layers = layers
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.inputShape == other.inputShape && areEqual(one.layers, other.layers)
    }

    static func areEqual(_ one: [any LayerSpecification], _ other: [any LayerSpecification]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { $0.isEqual($1) }
    }
}

extension NetworkSpecification {
    /// True where a layer has statistics of all ranks, so that the ranks meet within a pass.
    public var synchronizesStatistics: Bool {
        Self.synchronizesStatistics(layers)
    }

    private static func synchronizesStatistics(_ layers: [any LayerSpecification]) -> Bool {
        layers.contains { layer in
            layer.batchStatistics == .ofAllRanks || layer.inner.contains { synchronizesStatistics($0.layers) }
        }
    }
}

/// Distributions of initial weights; biases start at 0. The fan-in of a convolution is C / groups times the places of
/// its kernel, its fan-out channels / groups times the same.
public enum Initializer: String, Sendable, CaseIterable, SettingValue {
    /// Normal with variance 2 / fan-in (He, Zhang, Ren, Sun, ICCV 2015, equation 10).
    case he
    /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot, Bengio, AISTATS 2010, equation 16).
    case glorot
}
