import DataParallel
import LearningRate
import MPI
import Training

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

    /// Steps that a trial may have where too little is learnt in the usual number, half of the training at most; nil where
    /// trials are not to become longer.
    var mostStepsOfTrial: Int? {
        guard configuration.model.architecture.favorsAdaptiveRates else { return nil }
        let steps = RateTrials.steps(momentum: configuration.optimizer.rule.meanDecay)
        let stepsOfTraining = configuration.training.totalSteps(perEpoch: replica.batches.stepsPerEpoch)
        return min(RateTrials.mostLengthening * steps, stepsOfTraining / 2)
    }

    /// The trials of this experiment, none longer than the training.
    var rateTrials: RateTrials {
        let rule = configuration.optimizer.rule
        let steps = RateTrials.steps(momentum: rule.meanDecay)
        return RateTrials(
            steps: max(1, min(steps, stepsOfTrainingAlone)), mostSteps: mostStepsOfTrial, firstRate: rule.usualRate,
            lossOfGuessing: replica.lossOfGuessing, isWhole: stepsOfTrainingAlone <= steps)
    }
}
