import InformationTheory
import Settings

/// The rate falls by what the network's predictions have come to say about the labels; see `MutualInformationDecay` for the
/// forms, and `LayerwiseMutualInformationDecay` for rates of each layer.
public struct MutualInformation: Schedule {
    public static let name = "mutual-information"

    /// How a cycle's mutual information sets the rate.
    public enum Form: String, CaseIterable, Codable, SettingValue {
        case hold, gain, threshold, level
    }

    public var form = Form.hold
    public var target = 0.2
    public var factor = 0.7
    public var threshold = 0.01
    public var exponent = 1.0
    public var predictionSource = PredictionSource.train
    public var predictions = InformationSettings.Predictions.hard
    public var estimator = EntropyEstimator.plugIn
    public var bounds: GivenBounds?
    public var layers: LayerwiseSettings?
    public var run: ScheduleRun?

    /// The rule that decides, in a run that has begun.
    private var rule: Rule?

    private enum Rule: Hashable, Codable {
        case network(MutualInformationDecay)
        case layers(LayerwiseMutualInformationDecay)
    }

    public init() {}

    public static let settings: [Setting<Self>] = [
        .init(
            "form", \.form,
            "how mutual information sets the rate: hold, halved when it no longer grows by more than its error; gain, by the "
                + "share of the remaining equivocation that a cycle removed; threshold, when its relative growth falls under "
                + "one; level, by what is left to know"),
        .init(
            "target", \.target, .between(0, 1), "share of the remaining equivocation that an epoch should remove"
        ).only(with: "form", \.form, .gain),
        .init("factor", \.factor, .between(0, 1), "factor by which the rate falls when a cycle removes none")
            .only(with: "form", \.form, .gain),
        .init("threshold", \.threshold, .above(0), "relative rise of mutual information under which the rate falls")
            .only(with: "form", \.form, .threshold),
        .init("exponent", \.exponent, .above(0), "power of the residual").only(with: "form", \.form, .level),
        .init("source", \.predictionSource, "predictions looked at"),
        .init(
            "predictions", \.predictions,
            "hard: the class of the largest logit; soft: all classes by their predicted probabilities, for at most 1,024 "
                + "classes"),
        .init(
            "estimator", \.estimator,
            "estimator of mutual information from hard predictions; other than plug-in for many classes and few samples"
        ),
        .bounds(\.bounds),
        .init(
            section: "layers", \.layers, isInline: true,
            "rates for each layer with parameters, by what its output says about the labels; null: one rate for all"),
    ]

    public var needsBounds: Bool { bounds == nil }
    public var holdsRate: Bool { form == .hold }
    public var source: PredictionSource? { predictionSource }
    public var measurement: InformationSettings? {
        InformationSettings(predictions: predictions, estimator: predictions == .soft ? .plugIn : estimator)
    }
    public var layerSettings: LayerwiseSettings? { layers }
    public var hasOwnWarmUp: Bool { true }

    public var contradiction: Contradiction? {
        guard predictions == .soft, estimator != .plugIn else { return nil }
        return Contradiction(
            "estimator", "expected plug-in with predictions: soft, found \(estimator.written.line)")
    }

    public mutating func begin(_ run: ScheduleRun) {
        self.run = run
        let bounds = run.bounds(bounds)
        let form: MutualInformationDecay.Form =
            switch form {
            case .hold: .hold
            case .gain: .gain(target: target, factor: factor)
            case .threshold: .threshold(threshold)
            case .level: .level(exponent: exponent)
            }
        rule =
            layers == nil
            ? .network(MutualInformationDecay(bounds: bounds, warmUpSteps: run.warmUpSteps, form: form))
            : .layers(
                LayerwiseMutualInformationDecay(
                    layerCount: run.layerCount, bounds: bounds, warmUpSteps: run.warmUpSteps, form: form))
    }

    private var begunRule: Rule {
        guard let rule else { preconditionFailure("the schedule has not begun: call begin(_:) first") }
        return rule
    }

    public func rate(at step: Int) -> Double {
        switch begunRule {
        case .network(let decay): decay.rate(at: step)
        case .layers(let decay): decay.rate(at: step)
        }
    }

    public func rates(at step: Int) -> LayerRates {
        switch begunRule {
        case .network(let decay): decay.rates(at: step)
        case .layers(let decay): decay.rates(at: step)
        }
    }

    @discardableResult
    public mutating func observe(_ metrics: GlobalMetrics) -> RateDecision {
        switch begunRule {
        case .network(var decay):
            defer { rule = .network(decay) }
            return decay.observe(metrics)
        case .layers(var decay):
            defer { rule = .layers(decay) }
            return decay.observe(metrics)
        }
    }

    public var isAtMinimum: Bool {
        switch begunRule {
        case .network(let decay): decay.isAtMinimum
        case .layers(let decay): decay.isAtMinimum
        }
    }
}
