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
        /// confidence, and the next steps may undo what still is right.
        case worseThanNothing(loss: Double)
        /// In none of the first windows did predictions say anything of the labels.
        case knowsNothing(windows: Int)
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
    private var windowsSeen = 0
    private var windowsOfNothing = 0
    private var timesFromNothing = 0
    private var times = 0

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
        windowsSeen += 1
        let worst = max(lossOfGuessing ?? log(Double(confusion.classCount)), initialLoss ?? .infinity)
        if windowsSeen >= Self.patience, loss > worst { return .worseThanNothing(loss: loss) }
        let tables = [confusion] + others
        let window = Measurement(
            sumOf: tables.map { Measurement($0.information(.plugIn), samples: $0.total) })
        let saysNothing =
            tables.allSatisfy { $0.guessing != nil } || window.mutualInformation <= Self.errors * window.standardError
        if let best {
            let error = standardErrorOfDifference(best.standardError, window.standardError)
            if window.mutualInformation < best.mutualInformation - Self.errors * error {
                return .fell(from: best, to: window)
            }
            guard window.mutualInformation > best.mutualInformation else { return .held }
        } else if saysNothing {
            windowsOfNothing += 1
            guard windowsOfNothing >= patience, timesFromNothing < Self.mostTimesFromNothing else { return .held }
            return .knowsNothing(windows: windowsOfNothing)
        }
        best = window
        return .best
    }

    /// The watch of a training that has gone back to where this watch was.
    ///
    /// - Parameter later: that of the training as it was going back.
    public func afterGoingBack(from later: Self) -> Self {
        var watch = self
        watch.times = later.times + 1
        watch.timesFromNothing = later.timesFromNothing + (later.best == nil ? 1 : 0)
        watch.windowsOfNothing = 0
        return watch
    }
}
