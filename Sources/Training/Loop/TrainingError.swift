import DataParallel
import Foundation
import LearningRate

/// What ends a training that was set up well.
public enum TrainingError: Error, CustomStringConvertible, Sendable, Equatable {
    /// The loss of at least one sample was not finite; the same on all ranks.
    case nonFiniteLoss(samples: Int64, step: Int, epoch: Double, rate: Double)
    /// The norm of the gradient, where it is looked at, was not finite; the same on all ranks.
    case nonFiniteGradient(step: Int, epoch: Double, rate: Double)
    /// At the end of a cycle a parameter was not finite although the losses were; the same on all ranks.
    case nonFiniteParameters(step: Int, epoch: Double, rate: Double)
    /// I(Y;Ŷ) of the predictions made while training fell by more than its error; the same on all ranks.
    case informationFell(
        from: InformationWatch.Measurement, to: InformationWatch.Measurement, step: Int, rate: Double)
    /// The mean loss of a window of steps was above that of knowing nothing and of the initial parameters; the same on all
    /// ranks. `isOfRate` is false where a higher rate had no higher loss.
    case worseThanNothing(loss: Double, step: Int, rate: Double, isOfRate: Bool)
    /// After the first windows of steps predictions said nothing of the labels; the same on all ranks. `isOfRate` as above.
    case nothingLearnt(step: Int, rate: Double, isOfRate: Bool)
    /// The layers of ranks are computed by different primitives, whose layouts and rounding differ; the same on all ranks.
    case unlikePrimitives(rank: Int, instructionSet: String, first: String)
    /// Ranks hold different values of what all must have alike; the same on all ranks.
    case unlikeRanks(UnlikeRanks)
    /// The search for the bounds of the rate found none.
    case noBounds(String)

    public var description: String {
        switch self {
        case .nonFiniteLoss(let samples, let step, let epoch, let rate):
            "the loss of \(samples) \(samples == 1 ? "sample" : "samples") is not finite at step \(step) (epoch "
                + "\(rounded(epoch)), rate \(rounded(rate))); lower the rate (learningRate.rate or bounds.max), clip the "
                + "gradient (optimizer.clipNorm), or check the data for extreme values"
        case .nonFiniteGradient(let step, let epoch, let rate):
            "the norm of the gradient is not finite at step \(step) (epoch \(rounded(epoch)), rate \(rounded(rate))); lower "
                + "the rate (learningRate.rate or bounds.max) or check the data for extreme values"
        case .nonFiniteParameters(let step, let epoch, let rate):
            "a parameter is not finite after step \(step) (epoch \(rounded(epoch)), rate \(rounded(rate))); lower the rate "
                + "(learningRate.rate or bounds.max), clip the gradient (optimizer.clipNorm), or check the data for "
                + "extreme values"
        case .informationFell(_, _, _, let rate), .worseThanNothing(_, _, let rate, _), .nothingLearnt(_, let rate, _):
            "\(place), at rate \(rounded(rate)); lower the rate (learningRate.rate or bounds.max), or train on with "
                + "training.watch: off"
        case .unlikePrimitives(let rank, let instructionSet, let first):
            "rank \(rank) computes with \(instructionSet), rank 0 with \(first): their layers differ in layout and "
                + "rounding; start all ranks on like processors, or set DNNL_MAX_CPU_ISA to what all have"
        case .unlikeRanks(let difference): "\(difference)"
        case .noBounds(let reason):
            "\(reason); or give learningRate.bounds as {min: …, max: …}, "
                + "or learningRate.rate where the schedule has that key"
        }
    }

    /// Where numbers were not finite, in short.
    var place: String {
        switch self {
        case .nonFiniteLoss(_, let step, _, _): "a loss is not finite at step \(step)"
        case .nonFiniteGradient(let step, _, _): "the gradient is not finite at step \(step)"
        case .nonFiniteParameters(let step, _, _): "a parameter is not finite after step \(step)"
        case .informationFell(let from, let to, let step, _):
            "I(Y;Ŷ) fell from \(words(from)) to \(words(to)) nats by step \(step)"
        case .worseThanNothing(let loss, let step, _, _):
            "the loss, \(rounded(loss)), is above that of knowing nothing by step \(step)" + wordsOfRate
        case .nothingLearnt(let step, _, _): "predictions say nothing of the labels at step \(step)" + wordsOfRate
        default: description
        }
    }

    /// Whether it was found after a step, not in it.
    package var isAfterStep: Bool {
        switch self {
        case .nonFiniteParameters, .informationFell, .worseThanNothing, .nothingLearnt: true
        default: false
        }
    }

    /// True where a lower rate may be better.
    var isOfRate: Bool {
        switch self {
        case .worseThanNothing(_, _, _, let isOfRate), .nothingLearnt(_, _, let isOfRate): isOfRate
        default: true
        }
    }

    private var wordsOfRate: String {
        isOfRate ? "" : ", and the loss is no lower than at the rate before, which was not why"
    }

    private func words(_ measurement: InformationWatch.Measurement) -> String {
        String(format: "%.4f ± %.4f", measurement.mutualInformation, measurement.standardError)
    }

    private func rounded(_ value: Double) -> String {
        "\(Float(value))"
    }
}
