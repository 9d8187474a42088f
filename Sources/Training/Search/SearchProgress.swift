import DataParallel

/// How far a search for the bounds of the rate is; the same on all ranks.
public enum SearchProgress: Sendable, Equatable {
    /// - Parameters:
    ///   - step: steps done.
    ///   - steps: most steps of the test.
    ///   - rate: of the last step.
    ///   - loss: of its batch from before the update, in nats.
    case rangeTest(step: Int, steps: Int, rate: Double, loss: Double)
    /// - Parameters:
    ///   - trial: from 1; how many there will be shows as they go on.
    ///   - step: steps done of it.
    ///   - steps: most steps of a trial.
    case trials(trial: Int, rate: Double, step: Int, steps: Int)
}

extension SearchProgress: CustomStringConvertible {
    /// One line.
    public var description: String {
        func text(_ number: Double) -> String { NumberText.significant(number, digits: 4) }
        return switch self {
        case .rangeTest(let step, let steps, let rate, let loss):
            "range test: step \(step) of at most \(steps), rate \(text(rate)), loss \(NumberText.loss(loss))"
        case .trials(let trial, let rate, let step, let steps):
            "trials of rates: trial \(trial), rate \(text(rate)), step \(step) of \(steps)"
        }
    }
}

extension Replica {
    /// Questions and news of a search for its caller, at each step.
    public struct SearchListener {
        /// Requests of this rank for after the next step.
        var requests: () -> StepRequests
        var progress: (SearchProgress) -> Void

        public init(
            requests: @escaping () -> StepRequests = { [] }, progress: @escaping (SearchProgress) -> Void = { _ in }
        ) {
            self.requests = requests
            self.progress = progress
        }
    }
}
