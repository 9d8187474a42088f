import Foundation
import InformationTheory

/// Watches I(Y;Ŷ) of the predictions made while training, in windows of a fixed number of steps, for what a rate that is too
/// high does: the network loses what it knew, or never knows anything.
///
/// Pure arithmetic; the counts of a window are those of all ranks.
public struct InformationWatch: Sendable, Hashable, Codable {
    /// I in nats and its standard error.
    public struct Measurement: Sendable, Hashable, Codable {
        public let mutualInformation, standardError: Double

        /// The standard error of the plug-in estimate goes to 0 where nearly all predictions are right; what one prediction
        /// more or less changes, about (1 + ln N) / N, is taken in.
        public init(_ information: InformationMeasures, samples: Int64) {
            mutualInformation = information.mutualInformation
            let one = (1 + log(Double(max(samples, 1)))) / Double(max(samples, 1))
            standardError = (information.standardError * information.standardError + one * one).squareRoot()
        }

        /// The sum over several targets; the error of such a sum is that at most.
        fileprivate init(sumOf measurements: [Measurement]) {
            mutualInformation = measurements.reduce(0) { $0 + $1.mutualInformation }
            standardError = measurements.reduce(0) { $0 + $1.standardError }
        }
    }

    public enum Finding: Sendable, Hashable {
        /// I is higher than in all windows before: what to go back to.
        case best
        /// Neither higher nor lower by more than chance.
        case held
        /// I fell from that of the best window by more than `errors` times the standard error of the difference.
        case fell(from: Measurement, to: Measurement)
        /// The mean loss is above that of knowing nothing and above that of the initial parameters: predictions are wrong with
        /// confidence, and the next steps may undo what still is right. `isOfRate` as of `knowsNothing`.
        case worseThanNothing(loss: Double, isOfRate: Bool)
        /// In none of the first windows did predictions say anything of the labels. `isOfRate` is false where the loss of the same
        /// windows was no higher at the rate before, which was higher: then that rate was not the reason.
        case knowsNothing(windows: Int, isOfRate: Bool)
    }

    /// Windows of a training.
    public static let windows = 32
    /// Standard errors of a difference that are not chance: the best of many windows is held against each of many others.
    public static let errors = 4.0
    /// Windows after which predictions say something of the labels.
    public static let patience = 4
    /// The most times that a training goes back since it knows nothing: then the labels may be what cannot be known.
    static let mostTimesFromNothing = 3
    /// The most times that it goes back at all.
    static let mostTimes = 10

    private(set) public var best: Measurement?
    /// The loss of the first step, in nats: of the initial parameters.
    public var initialLoss: Double?
    /// Loss that a window may have in any case, since the high loss of an earlier one was not of the rate.
    private var toleratedLoss: Double?
    private var windowsSeen = 0
    private var timesFromNothing = 0
    private var times = 0
    /// The windows since the training began or went back.
    private var stretch: Stretch?
    /// Those that it went back after to a lower rate.
    private var givenUp: Stretch?

    /// Windows in a row, from the number `first` on, and the sum of their losses.
    private struct Stretch: Hashable, Codable {
        let first: Int
        var count = 0
        var loss = 0.0
    }

    public init() {}

    /// Steps of a window in a training of `steps`.
    public static func windowSteps(of steps: Int) -> Int { max(1, steps / windows) }

    /// True where a training of `steps` goes back to its beginning after `done` of them: in the first quarter, and always where a
    /// window is a single step. What a network has learnt there at a rate that is too high is little, and units that it has lost,
    /// whose output is 0 for all samples, do not come back at a lower one. A window's predictions are made before its last update,
    /// so that those of a single step say nothing of the state that would be kept.
    public static func goesBackToBeginning(after done: Int, of steps: Int) -> Bool {
        windowSteps(of: steps) == 1 || 4 * done <= steps
    }

    /// Takes in a window, over all ranks.
    ///
    /// - Parameters:
    ///   - others: counts of the other targets where there are several.
    ///   - loss: the mean over its samples.
    ///   - lossOfGuessing: that of knowing nothing; nil for ln K nats of K classes.
    ///   - patience: windows after which predictions say something of the labels.
    public mutating func observe(
        _ confusion: ConfusionMatrix, _ others: [ConfusionMatrix] = [], loss: Double, lossOfGuessing: Double? = nil,
        patience: Int = Self.patience
    ) -> Finding {
        guard times < Self.mostTimes else { return .held }
        count(loss)
        let worst = max(
            lossOfGuessing ?? log(Double(confusion.classCount)), initialLoss ?? .infinity, toleratedLoss ?? 0)
        if windowsSeen >= Self.patience, loss > worst {
            let isOfRate = findsReasonInRate()
            // The network has such a loss almost without training; windows differ, but hardly by as much again.
            if !isOfRate { toleratedLoss = 2 * loss }
            return .worseThanNothing(loss: loss, isOfRate: isOfRate)
        }
        let tables = [confusion] + others
        let window = Measurement(
            sumOf: tables.map { Measurement($0.information(.plugIn), samples: $0.total) })
        if let best {
            let error = standardErrorOfDifference(best.standardError, window.standardError)
            if window.mutualInformation < best.mutualInformation - Self.errors * error {
                return .fell(from: best, to: window)
            }
            guard window.mutualInformation > best.mutualInformation else { return .held }
        } else if saysNothing(window, tables) {
            // All windows of this stretch have said nothing: there is no best one.
            guard let windows = stretch?.count, windows >= patience, timesFromNothing < Self.mostTimesFromNothing else {
                return .held
            }
            return .knowsNothing(windows: windows, isOfRate: findsReasonInRate())
        }
        best = window
        return .best
    }

    private func saysNothing(_ window: Measurement, _ tables: [ConfusionMatrix]) -> Bool {
        if tables.allSatisfy({ $0.guessing != nil }) { return true }
        // The standard error is that of predictions that know something; of few classes it hides what chance does not give.
        return window.mutualInformation <= Self.errors * window.standardError
            && !tables.contains { $0.informationExceedsChance(by: Self.errors) }
    }

    private mutating func count(_ loss: Double) {
        var stretch = stretch ?? Stretch(first: windowsSeen)
        windowsSeen += 1
        stretch.count += 1
        stretch.loss += loss
        self.stretch = stretch
    }

    /// `isOfRate`; where it is false, the training does not go back again since nothing is known.
    private mutating func findsReasonInRate() -> Bool {
        let isOfRate = isOfRate
        if !isOfRate { timesFromNothing = Self.mostTimesFromNothing }
        return isOfRate
    }

    /// True where a still lower rate may be better, as far as is known: the loss is lower than over the same windows, which are of the
    /// same samples from the same parameters, at the rate before.
    private var isOfRate: Bool {
        guard let stretch, let givenUp, stretch.first == givenUp.first, stretch.count == givenUp.count else {
            return true
        }
        return stretch.loss < givenUp.loss
    }

    /// The watch of a training that has gone back to where this watch was.
    ///
    /// Where the rate was not the reason, it does not go back again since nothing is known, and for a high loss only at twice of it.
    ///
    /// - Parameter later: that of the training as it was going back.
    public func afterGoingBack(from later: Self) -> Self {
        var watch = self
        watch.times = later.times + 1
        watch.timesFromNothing = later.timesFromNothing + (later.best == nil ? 1 : 0)
        watch.toleratedLoss = later.toleratedLoss
        watch.stretch = nil
        watch.givenUp = later.isOfRate ? later.stretch : nil
        return watch
    }
}
