/// How well predictions say the labels, over a set of samples on all ranks. Information is in nats.
public struct PredictionMetrics: Hashable, Sendable {
    /// Mean cross-entropy, in nats; of real targets the mean of their loss.
    public var loss: Double
    /// Share of samples predicted right, in [0, 1]: of real targets those with the prediction in the target's bin.
    public var accuracy: Double
    /// H(Y), the ceiling of the mutual information.
    public var labelEntropy: Double
    /// I(Y;Ŷ)
    public var mutualInformation: Double
    /// Standard error of the mutual information.
    public var standardError: Double
    /// H(Y|Ŷ) / H(Y), from 1 (knows nothing) to 0 (knows all).
    public var residual: Double
    /// Scores of a regression, means over several targets; nil for classes.
    public var targets: TargetMetrics?
    /// Metrics of each of several targets, and of labels; empty for one target, and for classes.
    public var outputs: [OutputMetrics] = []

    /// The mean of the F1 of labels; nil for what are none.
    public var macroF1: Double? {
        let labels = outputs.compactMap(\.label)
        return labels.isEmpty ? nil : labels.reduce(0) { $0 + $1.f1 } / Double(labels.count)
    }

    public init(
        loss: Double, accuracy: Double, labelEntropy: Double, mutualInformation: Double, standardError: Double,
        residual: Double, targets: TargetMetrics? = nil
    ) {
        self.targets = targets
        self.loss = loss
        self.accuracy = accuracy
        self.labelEntropy = labelEntropy
        self.mutualInformation = mutualInformation
        self.standardError = standardError
        self.residual = residual
    }
}

extension PredictionMetrics {
    /// The number that runs are compared by, the higher the better: the accuracy, or R² of real targets.
    public var score: Double { targets?.r2 ?? accuracy }
}

extension PredictionMetrics: Codable {
    private enum Key: String, CodingKey {
        case loss, accuracy, labelEntropy, mutualInformation, standardError, residual, targets, labels, macroF1
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        loss = try container.decodeNumber(.loss)
        accuracy = try container.decodeNumber(.accuracy)
        labelEntropy = try container.decodeNumber(.labelEntropy)
        mutualInformation = try container.decodeNumber(.mutualInformation)
        standardError = try container.decodeNumber(.standardError)
        residual = try container.decodeNumber(.residual)
        targets = try TargetMetrics(ifPresentIn: decoder)
        outputs =
            try container.decodeIfPresent([OutputMetrics].self, forKey: .targets)
            ?? container.decodeIfPresent([OutputMetrics].self, forKey: .labels) ?? []
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeNumber(loss, .loss)
        try container.encodeNumber(accuracy, .accuracy)
        try container.encodeNumber(labelEntropy, .labelEntropy)
        try container.encodeNumber(mutualInformation, .mutualInformation)
        try container.encodeNumber(standardError, .standardError)
        try container.encodeNumber(residual, .residual)
        try targets?.encode(to: encoder)
        if let macroF1 { try container.encode(macroF1, forKey: .macroF1) }
        if !outputs.isEmpty { try container.encode(outputs, forKey: macroF1 == nil ? .targets : .labels) }
    }
}

extension KeyedDecodingContainer {
    /// Not a number where the file has null.
    package func decodeNumber(_ key: Key) throws -> Double { try decode(Double?.self, forKey: key) ?? .nan }
}

extension KeyedEncodingContainer {
    /// JSON has no notation for infinity and NaN.
    package mutating func encodeNumber(_ value: Double, _ key: Key) throws {
        try encode(value.isFinite ? value : nil, forKey: key)
    }
}
