import DataParallel
import Foundation
import LearningRate
import MPI

/// A search for the bounds of the rate that is over.
package enum BoundsSearch: Sendable {
    case rangeTest(RangeTest)
    case trials(RateTrials)

    /// The bounds, or why there are none.
    package var result: Result<RateBounds, TrainingError> {
        switch self {
        case .rangeTest(let test):
            switch test.outcome {
            case .bounds(let bounds, _, _): .success(bounds)
            case .none(let failure): .failure(.noBounds("the range test found no bounds: \(failure)"))
            }
        case .trials(let trials):
            switch trials.outcome {
            case .bounds(let bounds, _): .success(bounds)
            case .none(let failure): .failure(.noBounds("the trials of rates found no bounds: \(failure)"))
            }
        }
    }

    /// Throws on all ranks alike where there are none.
    package func required() throws -> RateBounds {
        do {
            return try result.get()
        } catch {
            throw AgreedError(everywhere: error)
        }
    }
}

extension BoundsSearch: CustomStringConvertible {
    /// One line.
    package var description: String {
        switch self {
        case .rangeTest(let test): "range test: \(test.outcome)"
        case .trials(let trials): "trials of rates: \(trials.outcome)"
        }
    }
}

extension Setup {
    /// Collective. The search that the configuration asks for, on the experiment's own steps; parameters, optimizer state and
    /// running statistics are the same after it.
    ///
    /// - Parameter requests: what this rank asks for after the next step.
    /// - Throws: `AgreedError` of `TrainingError.noBounds`, or with the exit status 75 where a rank asked for an interruption;
    ///   `MPIError`, `DNNLError`.
    package func searchBounds(requests: () -> StepRequests = { [] }) throws -> BoundsSearch {
        switch configuration.learningRate.search {
        case .rangeTest: .rangeTest(try replica.run(configuration.rangeTest, requests: requests))
        case .trials: .trials(try replica.run(rateTrials, requests: requests))
        }
    }

    /// The trials of this experiment, none longer than the training.
    var rateTrials: RateTrials {
        let optimizer = configuration.optimizer
        let steps = RateTrials.steps(momentum: optimizer.firstMoment)
        return RateTrials(
            steps: max(1, min(steps, stepsOfTrainingAlone)), firstRate: optimizer.usualRate,
            classCount: replica.classCount, isWhole: stepsOfTrainingAlone <= steps)
    }
}

extension Configuration.Optimizer {
    /// The decay of the mean of gradients that updates follow, 0 for none.
    fileprivate var firstMoment: Double {
        switch method {
        case .sgd(let settings): settings.momentum
        case .adam(let settings), .adamw(let settings), .lamb(let settings): settings.beta1
        case .rmsprop(let settings): settings.momentum
        case .adagrad: 0
        case .lars(let settings): settings.momentum
        case .scheduleFreeSGD(let settings): settings.momentum
        case .scheduleFreeAdamW(let settings): settings.beta1
        case .momo(let settings): settings.momentum
        case .dog: 0
        case .prodigy(let settings): settings.moments.beta1
        }
    }

    /// Where a search may begin: it decides how many trials there are, not what they find.
    fileprivate var usualRate: Double {
        switch method {
        case .sgd: scalbn(0.08, Int(log2((1 - firstMoment) / 0.1).rounded()))
        case .adagrad: 0.04
        case .adam, .adamw, .rmsprop, .lamb: 0.01
        case .lars: 5.12
        case .scheduleFreeSGD, .scheduleFreeAdamW, .momo, .dog, .prodigy: method.published!.rate
        }
    }
}
