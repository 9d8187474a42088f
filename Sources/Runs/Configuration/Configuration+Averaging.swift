import Optimizers
import Settings

extension Configuration {
    /// Section `averaging`: an average of the parameters over the updates, which is evaluated each cycle and is what
    /// `model.safetensors` holds. The training goes on from the parameters themselves; predictions that steer the rate are
    /// theirs, those of the validation set the average's.
    public struct Averaging: Configurable, Equatable {
        public var form = Form.auto
        public var decay = 0.999

        public init() {}

        public enum Form: String, CaseIterable, SettingValue {
            case auto, none, polynomial, exponential
        }

        public static let settings: [Setting<Self>] = [
            .init(
                "form", \.form,
                "kind of average: polynomial, of the last ninth of all updates or so; exponential; auto: polynomial with "
                    + "the form hold of the decay by mutual information and with optimizer dog, else none; the "
                    + "schedule-free optimizers average by themselves: none"),
            .init("decay", \.decay, .from(0, below: 1), "share of the average that an update leaves")
                .only(with: "form", \.form, .exponential),
        ]
    }

    /// Nil for none.
    package var weightAveraging: WeightAveraging? {
        switch averaging.form {
        case .auto:
            !optimizer.rule.evaluatesOthers
                && (learningRate.schedule.holdsRate || type(of: optimizer.rule).asksForAverage)
                ? .polynomial : nil
        case .none: nil
        case .polynomial: .polynomial
        case .exponential: .exponential(decay: averaging.decay)
        }
    }

    var averagingContradiction: Contradiction? {
        guard optimizer.rule.evaluatesOthers, weightAveraging != nil else { return nil }
        let name = type(of: optimizer.rule).name
        return Contradiction(
            "averaging.form",
            "expected none with optimizer \(name), which averages by itself, found \(averaging.form.rawValue)"
        )
    }
}
