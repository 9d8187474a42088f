import Optimizers
import Yams

extension Configuration {
    /// Section `averaging`: an average of the parameters over the updates, which is evaluated each cycle and is what
    /// `model.safetensors` holds. The training goes on from the parameters themselves; predictions that steer the rate are
    /// theirs, those of the validation set the average's.
    public struct Averaging: Equatable, Sendable {
        /// Key `form`: `none`, `polynomial` (the last ninth of all updates or so), `exponential`, or `auto` (default):
        /// `polynomial` with the form `hold` of the decay by mutual information and with optimizer `dog`, else `none`. The
        /// schedule-free optimizers average by themselves: `none`.
        public var form = Form.auto
        /// Key `decay`: the share of the average that an update leaves, in [0, 1), default 0.999; with form `exponential`.
        public var decay = Self.defaultDecay
        static let defaultDecay = 0.999

        public init() {}

        public enum Form: String, CaseIterable, Sendable {
            case auto, none, polynomial, exponential
        }
    }

    /// Nil for none.
    package var weightAveraging: WeightAveraging? {
        switch averaging.form {
        case .auto:
            !optimizer.method.averagesItself && (learningRate.schedule.holds || optimizer.method.asksForAverage)
                ? .polynomial : nil
        case .none: nil
        case .polynomial: .polynomial
        case .exponential: .exponential(decay: averaging.decay)
        }
    }

    var averagingContradiction: (keyPath: String, problem: String)? {
        if let (name, _) = optimizer.method.published, optimizer.method.averagesItself, weightAveraging != nil {
            return (
                "averaging.form",
                "expected none with optimizer \(name), which averages by itself, found \(averaging.form.rawValue)"
            )
        }
        guard averaging.form != .exponential, averaging.decay != Averaging.defaultDecay else { return nil }
        return (
            "averaging.decay",
            "expected it with form: exponential alone, found it with form: \(averaging.form.rawValue)"
        )
    }
}

extension Configuration.Averaging {
    init(reading reader: SectionReader) throws(ConfigurationError) {
        form = try reader.choice("form", Form.self) ?? form
        decay = try reader.double("decay", .from(0, below: 1)) ?? decay
    }

    var entries: [(String, Node)] {
        let decay = form == .exponential ? [("decay", Node(plain: decay))] : []
        return [("form", Node(plain: form.rawValue))] + decay
    }
}
