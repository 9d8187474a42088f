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
