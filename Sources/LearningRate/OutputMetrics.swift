/// How well predictions meet one of several targets or labels, over a set of samples on all ranks. Information is in nats.
public struct OutputMetrics: Hashable, Sendable {
    public var name: String
    /// Share of samples with the prediction in the target's bin.
    public var accuracy: Double
    /// H(Y) of the target's bins.
    public var labelEntropy: Double
    /// I(Y;Ŷ) of the bins.
    public var mutualInformation: Double
    public var standardError: Double
    /// Nil for a label.
    public var scores: TargetMetrics?
    /// Nil for a real target.
    public var label: LabelMetrics?

    public init(
        name: String, accuracy: Double, labelEntropy: Double, mutualInformation: Double, standardError: Double,
        scores: TargetMetrics? = nil, label: LabelMetrics? = nil
    ) {
        self.label = label
        self.name = name
        self.accuracy = accuracy
        self.labelEntropy = labelEntropy
        self.mutualInformation = mutualInformation
        self.standardError = standardError
        self.scores = scores
    }
}

extension OutputMetrics: Codable {
    private enum Key: String, CodingKey {
        case name, accuracy, labelEntropy, mutualInformation, standardError
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        name = try container.decode(String.self, forKey: .name)
        accuracy = try container.decodeNumber(.accuracy)
        labelEntropy = try container.decodeNumber(.labelEntropy)
        mutualInformation = try container.decodeNumber(.mutualInformation)
        standardError = try container.decodeNumber(.standardError)
        scores = try TargetMetrics(ifPresentIn: decoder)
        label = try LabelMetrics(ifPresentIn: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(name, forKey: .name)
        try container.encodeNumber(accuracy, .accuracy)
        try container.encodeNumber(labelEntropy, .labelEntropy)
        try container.encodeNumber(mutualInformation, .mutualInformation)
        try container.encodeNumber(standardError, .standardError)
        try scores?.encode(to: encoder)
        try label?.encode(to: encoder)
    }
}

extension PredictionMetrics {
    /// Those of several targets or of labels: information is the sum over the targets, as if they said nothing of each other;
    /// the standard error, that of such a sum at most; accuracy, F1, R², MAE and RMSE are means over the targets.
    ///
    /// - Parameter loss: the mean over samples and targets.
    package init(of outputs: [OutputMetrics], loss: Double) {
        func sum(_ value: (OutputMetrics) -> Double) -> Double { outputs.reduce(0) { $0 + value($1) } }
        let count = Double(outputs.count)
        let (entropy, information) = (sum(\.labelEntropy), sum(\.mutualInformation))
        self.init(
            loss: loss, accuracy: sum(\.accuracy) / count, labelEntropy: entropy, mutualInformation: information,
            standardError: sum(\.standardError),
            residual: entropy == 0 ? 0 : min(1, max(0, 1 - information / entropy)),
            targets: TargetMetrics(meanOf: outputs.compactMap(\.scores)))
        self.outputs = outputs
    }
}

extension TargetMetrics {
    /// Nil for none.
    fileprivate init?(meanOf scores: [TargetMetrics]) {
        guard !scores.isEmpty else { return nil }
        func mean(_ value: (TargetMetrics) -> Double) -> Double {
            scores.reduce(0) { $0 + value($1) } / Double(scores.count)
        }
        self.init(
            r2: mean(\.r2), meanAbsoluteError: mean(\.meanAbsoluteError),
            rootMeanSquaredError: mean(\.rootMeanSquaredError))
    }
}
