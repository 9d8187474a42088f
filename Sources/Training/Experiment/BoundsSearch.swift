import DataParallel
import Foundation
import LearningRate
import MPI

/// A search for the bounds of the rate that is over.
public enum BoundsSearch: Sendable {
    case rangeTest(RangeTest)
    case trials(RateTrials)

    /// The bounds, or why there are none.
    public var result: Result<RateBounds, TrainingError> {
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
    public var description: String {
        switch self {
        case .rangeTest(let test): "range test: \(test.outcome)"
        case .trials(let trials): "trials of rates: \(trials.outcome)"
        }
    }
}

extension Experiment {
    /// Collective. The search that the configuration asks for, on the experiment's own steps; parameters, optimizer state and
    /// running statistics are the same after it.
    ///
    /// - Parameter observers: may ask for an interruption, and are told of what was found.
    /// - Throws: `AgreedError` of `TrainingError.noBounds`, or with the exit status 75 where a rank asked for an interruption;
    ///   `MPIError`, an error of oneDNN.
    package func searchBounds(observedBy observers: [any TrainingObserver] = []) throws -> BoundsSearch {
        try search(by: configuration.learningRate.search, observedBy: observers)
    }

    /// Collective. The same by a range test, whatever the configuration asks for.
    func testRange(observedBy observers: [any TrainingObserver]) throws -> BoundsSearch {
        try search(by: .rangeTest, observedBy: observers)
    }

    private func search(
        by kind: Configuration.LearningRate.Search, observedBy observers: [any TrainingObserver]
    ) throws -> BoundsSearch {
        let listener = Replica.SearchListener(
            requests: { observers.reduce(into: []) { $0.formUnion($1.requests(before: nil)) } },
            progress: { progress in for observer in observers { observer.searchStep(progress) } })
        let search: BoundsSearch =
            switch kind {
            case .rangeTest: .rangeTest(try replica.run(configuration.rangeTest, listener: listener))
            case .trials: .trials(try replica.run(rateTrials, listener: listener))
            }
        for observer in observers { try observer.search(search) }
        return search
    }

    /// The trials of this experiment, none longer than the training.
    var rateTrials: RateTrials {
        let rule = configuration.optimizer.rule
        let steps = RateTrials.steps(momentum: rule.meanDecay)
        return RateTrials(
            steps: max(1, min(steps, stepsOfTrainingAlone)), firstRate: rule.usualRate,
            lossOfGuessing: replica.lossOfGuessing, isWhole: stepsOfTrainingAlone <= steps)
    }
}
