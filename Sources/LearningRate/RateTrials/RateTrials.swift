import Foundation

/// The search for the highest rate by short trials: from the same initial parameters a few steps at each of some rates, a
/// factor of 2 apart, each judged by samples that no trial has trained on.
///
/// This is the arithmetic of it. The caller trains: for each trial it takes `nextRate`, does `steps` updates from the initial
/// parameters at this rate, and hands what the mean of the parameters over the later half of them comes to on the samples
/// held out to `record(_:)`. A sweep, such as `RangeTest`, sees each rate behind what lower ones have learnt, and cannot tell
/// a rate that learns from one that keeps what there is; a trial begins with nothing. The mean over the later half leaves
/// out the noise of the rate, as an average over the updates does in the training itself.
///
/// The search begins at a rate and goes up until the two highest rates are worse than a lower one by both measures, or failed,
/// then down until the same is so of the two lowest, by either measure.
///
/// Where the trials may be longer and the lowest loss is above nine tenths of knowing nothing, the search begins anew with trials of
/// twice as many steps: in too few steps a deep network shows nothing at the rates that it learns at, and what it shows at others
/// is chance.
public struct RateTrials: Sendable, Hashable {
    /// Measures of a trial's mean parameters on the samples that were held out, of all ranks.
    public struct Score: Sendable, Hashable {
        /// The mean over the samples of min(loss, ln K), in nats, with K the number of classes: a sample that the network is
        /// wrong about with confidence counts as one of which it knows nothing, so that a few do not decide. Of real targets the
        /// mean loss, not clipped, times `lossOfGuessing` over that of the mean of the targets on the same samples.
        public let clippedLoss: Double
        /// I(Y;Ŷ), the plug-in estimate, in nats.
        public let mutualInformation: Double

        public init(clippedLoss: Double, mutualInformation: Double) {
            self.clippedLoss = clippedLoss
            self.mutualInformation = mutualInformation
        }
    }

    public struct Trial: Sendable, Hashable {
        public let rate: Double
        /// Nil where a loss, a gradient or a parameter was not finite, or losses were above that of knowing nothing.
        public let score: Score?
    }

    /// Updates of a trial.
    public private(set) var steps: Int
    /// The most updates of a trial.
    public let mostSteps: Int
    /// Trials of fewer steps, in which too little was learnt.
    public private(set) var shorterTrials = 0
    /// The rate of the first trial; those of others are a power of 2 of it away.
    public let firstRate: Double
    /// Divides the higher of the best rates: 2, or 1 where a trial is as long as the training that it is for.
    public let margin: Double
    /// The loss of a network that knows nothing: ln K of K classes; of real targets that of their mean.
    public let lossOfGuessing: Double

    /// From the lowest rate to the highest.
    public private(set) var trials: [Trial] = []
    /// The rate of the first trial in `trials`, as a power of 2 of `firstRate`.
    private var lowest = 0

    /// The share of the loss of knowing nothing above which the lowest loss does not tell which rate learns.
    private static let learntNothing = 0.9
    /// How many times as long trials may become for networks that favor adaptive rates.
    package static let mostLengthening = 4

    /// Powers of 2 of `firstRate` beyond which no rate is tried.
    private static let farthest = 24

    /// Enough updates for a velocity with the decay `momentum` to come to 98 % of what it tends to, 4 / (1 − momentum), and at
    /// least 40: with fewer, rates pass that diverge later.
    public static func steps(momentum: Double) -> Int {
        precondition(momentum >= 0 && momentum < 1, "a momentum is in 0..<1, got \(momentum)")
        return max(40, Int((4 / (1 - momentum)).rounded()))
    }

    /// - Parameters:
    ///   - classCount: K.
    ///   - isWhole: whether a trial is as long as the training that it is for.
    public init(steps: Int, firstRate: Double, classCount: Int, isWhole: Bool = false) {
        precondition(classCount >= 1, "there is at least 1 class, got \(classCount)")
        self.init(steps: steps, firstRate: firstRate, lossOfGuessing: log(Double(classCount)), isWhole: isWhole)
    }

    /// - Parameters:
    ///   - mostSteps: the most updates of a trial, where too little is learnt in `steps`; nil for as many as `steps`.
    ///   - lossOfGuessing: the loss of a network that knows nothing, in the unit of the scores' losses.
    ///   - isWhole: whether a trial is as long as the training that it is for.
    public init(
        steps: Int, mostSteps: Int? = nil, firstRate: Double, lossOfGuessing: Double, isWhole: Bool = false
    ) {
        precondition(steps >= 1, "a trial has at least 1 step, got \(steps)")
        precondition(firstRate > 0 && firstRate.isFinite, "a rate is above 0, got \(firstRate)")
        self.steps = steps
        self.mostSteps = max(steps, mostSteps ?? steps)
        self.firstRate = firstRate
        margin = isWhole ? 1 : 2
        self.lossOfGuessing = lossOfGuessing
    }

    private func rate(_ power: Int) -> Double { scalbn(firstRate, power) }
    private var highest: Int { lowest + trials.count - 1 }

    /// The power of the trial of lowest loss, the higher of two alike, and of that of most information, the lower of two alike,
    /// as all rates tell few labels apart; nil where none has come to its end.
    private var best: (loss: Int, information: Int)? {
        var best: (loss: (Int, Double), information: (Int, Double))?
        for (index, trial) in trials.enumerated() {
            guard let score = trial.score else { continue }
            let (power, loss, information) = (lowest + index, score.clippedLoss, score.mutualInformation)
            guard let found = best else {
                best = ((power, loss), (power, information))
                continue
            }
            if loss <= found.loss.1 { best!.loss = (power, loss) }
            if information > found.information.1 { best!.information = (power, information) }
        }
        return best.map { ($0.loss.0, $0.information.0) }
    }

    /// The power of 2 of the trial to do now; nil when the search is over.
    private var nextPower: Int? {
        guard !trials.isEmpty else { return 0 }
        guard let best else { return lowest > -Self.farthest ? lowest - 1 : nil }
        if highest - max(best.loss, best.information) < 2, highest < Self.farthest { return highest + 1 }
        if min(best.loss, best.information) - lowest < 2, lowest > -Self.farthest { return lowest - 1 }
        return nil
    }

    /// The rate of the trial to do now; nil when the search is over.
    public var nextRate: Double? { nextPower.map(rate) }

    /// Takes in what the trial at `nextRate` came to; nil where a number was not finite, or losses were above that of knowing
    /// nothing.
    public mutating func record(_ score: Score?) {
        guard let power = nextPower else { preconditionFailure("the trials are over, they take no score") }
        if let score {
            precondition(
                score.clippedLoss.isFinite && score.mutualInformation.isFinite, "a score that is not finite: \(score)")
        }
        let trial = Trial(rate: rate(power), score: score)
        if power < lowest {
            lowest = power
            trials.insert(trial, at: 0)
        } else {
            trials.append(trial)
        }
        if nextPower == nil, learntTooLittle, 2 * steps <= mostSteps {
            shorterTrials += trials.count
            steps *= 2
            (trials, lowest) = ([], 0)
        }
    }

    private var learntTooLittle: Bool {
        guard let best else { return false }
        return trials[best.loss - lowest].score!.clippedLoss > Self.learntNothing * lossOfGuessing
    }
}

extension RateTrials {
    /// The bounds found by the trials so far; meant for when the search is over.
    ///
    /// The upper bound is half of the higher of two rates: that of the lowest clipped loss and that of the most information. The
    /// higher, as a few steps favour low rates, which long trainings pay for. Half, as the best of a few steps stands beside the rate at which longer trainings diverge; all of it where there is no
    /// longer training. The lower bound is a hundredth of it.
    public var outcome: Outcome {
        guard let best else { return .none(.neverFinite(lowest: trials.first?.rate ?? firstRate)) }
        let loss = trials[best.loss - lowest].score!.clippedLoss
        guard loss < lossOfGuessing * (1 - 1e-3) else {
            return .none(.nothingLearnt(loss: loss, lossOfGuessing: lossOfGuessing))
        }
        let maximum = rate(max(best.loss, best.information)) / margin
        return .bounds(
            RateBounds(minimum: maximum / 100, maximum: maximum),
            Reason(
                lowestLoss: rate(best.loss), mostInformation: rate(best.information), margin: margin,
                trials: trials.count, steps: steps, shorterTrials: shorterTrials
            )
        )
    }

    /// The bounds that trials found, or why they found none.
    public enum Outcome: Sendable, Hashable {
        case bounds(RateBounds, Reason)
        case none(Failure)
    }

    /// Where the upper bound comes from.
    public struct Reason: Sendable, Hashable {
        /// The rate of the lowest clipped loss.
        public let lowestLoss: Double
        /// The rate of the most information.
        public let mostInformation: Double
        /// Divides the higher of both.
        public let margin: Double
        public let trials: Int
        public let steps: Int
        /// Trials of fewer steps, in which too little was learnt.
        public let shorterTrials: Int
    }

    /// Why there are no bounds.
    public enum Failure: Error, Sendable, Hashable {
        /// At no rate were all numbers finite.
        case neverFinite(lowest: Double)
        /// At no rate did a trial come to a lower loss on samples held out than knowing nothing.
        case nothingLearnt(loss: Double, lossOfGuessing: Double)
    }
}

extension RateTrials.Outcome: CustomStringConvertible {
    /// One line.
    public var description: String {
        switch self {
        case .bounds(let bounds, let reason):
            "rates \(short(bounds.minimum)) to \(short(bounds.maximum)): maximum, \(reason); minimum, a hundredth of it"
        case .none(let failure): "no bounds: \(failure)"
        }
    }
}

extension RateTrials.Reason: CustomStringConvertible {
    public var description: String {
        let measures =
            lowestLoss == mostInformation
            ? "the rate of the lowest loss and the most information on samples held out, \(short(lowestLoss))"
            : "the higher of the rates of the lowest loss (\(short(lowestLoss))) and of the most information "
                + "(\(short(mostInformation))) on samples held out"
        let before = shorterTrials == 0 ? "" : ", after \(shorterTrials) of fewer, in which too little was learnt"
        return "\(margin == 1 ? "" : "half of ")\(measures), in \(trials) trials of \(steps) steps\(before)"
    }
}

extension RateTrials.Failure: CustomStringConvertible {
    public var description: String {
        switch self {
        case .neverFinite(let lowest):
            "losses were not finite, or above that of knowing nothing, at any rate down to \(short(lowest)); check the data "
                + "for extreme values"
        case .nothingLearnt(let loss, let lossOfGuessing):
            "no trial came to a lower loss on samples held out than knowing nothing, \(short(loss)) of "
                + "\(short(lossOfGuessing)) at best; check data and network"
        }
    }
}
