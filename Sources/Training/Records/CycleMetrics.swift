import LearningRate

/// What a run knows at the end of a cycle: a line of `metrics.jsonl`. The keys are the names of the properties.
///
/// A number that is not finite, such as a residual when the labels have no entropy, is null in the file and NaN here.
public struct CycleMetrics: Equatable, Sendable {
    /// Steps taken since the beginning.
    public var step: Int
    /// Passes over the training set since the beginning, a fraction within an epoch.
    public var epoch: Double
    /// Wall time since the first step, in seconds, evaluations included.
    public var seconds: Double
    /// Training samples of all ranks per second of the cycle's steps and of measuring layers.
    public var samplesPerSecond: Double
    /// The learning rate of the cycle's last step.
    public var rate: Double
    /// Why the rate then changed or stayed, in words.
    public var decision: String?
    /// Where the best cycle is chosen: whether it is this one so far. The weights that are kept are those of the last such cycle.
    public var best: Bool?
    /// Metrics of the cycle's training predictions, made while the weights changed.
    public var train: PredictionMetrics?
    /// Metrics of the samples held out of the training set, with the weights at the end of the cycle.
    public var validation: PredictionMetrics?
    /// Metrics of the test set, with the weights at the end of the cycle.
    public var test: PredictionMetrics?
    /// Where layers have rates of their own: of each layer with parameters, in the order of the network.
    public var layers: [LayerCycleMetrics]?

    /// The rate's bit pattern in hexadecimal, 16 digits; key `rateBits`, to see that ranks agree to the last bit.
    public var rateBits: String {
        let digits = String(rate.bitPattern, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    public init(
        step: Int, epoch: Double, seconds: Double, samplesPerSecond: Double, rate: Double, decision: String? = nil,
        best: Bool? = nil, train: PredictionMetrics? = nil, validation: PredictionMetrics? = nil,
        test: PredictionMetrics? = nil,
        layers: [LayerCycleMetrics]? = nil
    ) {
        self.step = step
        self.epoch = epoch
        self.seconds = seconds
        self.samplesPerSecond = samplesPerSecond
        self.rate = rate
        self.decision = decision
        self.best = best
        self.train = train
        self.validation = validation
        self.test = test
        self.layers = layers
    }
}

extension [CycleMetrics] {
    /// The cycle whose weights the training ended with: the best one, where one was chosen, or else the last.
    package var ofFinalWeights: CycleMetrics? { last { $0.best == true } ?? last }
}

/// What a layer's output says about the labels, in nats, and the layer's rate.
public struct LayerCycleMetrics: Equatable, Sendable {
    /// The layer's place in the network, for example "0" or "3.branch.0".
    public var layer: String
    /// Rate of the cycle's last step.
    public var rate: Double
    /// A lower bound of I(Y;T); not a number where it was not measured, as the next two.
    public var mutualInformation: Double
    /// Standard error of the mutual information.
    public var standardError: Double
    /// 1 − I / H(Y), from 1 (says nothing) to 0 (says all).
    public var residual: Double

    public init(
        layer: String, rate: Double, mutualInformation: Double = .nan, standardError: Double = .nan,
        residual: Double = .nan
    ) {
        self.layer = layer
        self.rate = rate
        self.mutualInformation = mutualInformation
        self.standardError = standardError
        self.residual = residual
    }
}

extension CycleMetrics: Codable {
    private enum Key: String, CodingKey {
        case step, epoch, seconds, samplesPerSecond, rate, rateBits, decision, best, train, validation, test, layers
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        step = try container.decode(Int.self, forKey: .step)
        epoch = try container.decodeNumber(.epoch)
        seconds = try container.decodeNumber(.seconds)
        samplesPerSecond = try container.decodeNumber(.samplesPerSecond)
        rate = try container.decodeNumber(.rate)
        decision = try container.decodeIfPresent(String.self, forKey: .decision)
        best = try container.decodeIfPresent(Bool.self, forKey: .best)
        train = try container.decodeIfPresent(PredictionMetrics.self, forKey: .train)
        validation = try container.decodeIfPresent(PredictionMetrics.self, forKey: .validation)
        test = try container.decodeIfPresent(PredictionMetrics.self, forKey: .test)
        layers = try container.decodeIfPresent([LayerCycleMetrics].self, forKey: .layers)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(step, forKey: .step)
        try container.encodeNumber(epoch, .epoch)
        try container.encodeNumber(seconds, .seconds)
        try container.encodeNumber(samplesPerSecond, .samplesPerSecond)
        try container.encodeNumber(rate, .rate)
        try container.encode(rateBits, forKey: .rateBits)
        try container.encodeIfPresent(decision, forKey: .decision)
        try container.encodeIfPresent(best, forKey: .best)
        try container.encodeIfPresent(train, forKey: .train)
        try container.encodeIfPresent(validation, forKey: .validation)
        try container.encodeIfPresent(test, forKey: .test)
        try container.encodeIfPresent(layers, forKey: .layers)
    }
}

extension LayerCycleMetrics: Codable {
    private enum Key: String, CodingKey {
        case layer, rate, mutualInformation, standardError, residual
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        layer = try container.decode(String.self, forKey: .layer)
        rate = try container.decodeNumber(.rate)
        mutualInformation = try container.decodeNumber(.mutualInformation)
        standardError = try container.decodeNumber(.standardError)
        residual = try container.decodeNumber(.residual)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(layer, forKey: .layer)
        try container.encodeNumber(rate, .rate)
        try container.encodeNumber(mutualInformation, .mutualInformation)
        try container.encodeNumber(standardError, .standardError)
        try container.encodeNumber(residual, .residual)
    }
}
