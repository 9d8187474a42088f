import DataParallel
import Datasets
import Foundation
import LearningRate
import MPI
import NeuralNetwork

extension Replica {
    /// The share of the training set that judges trials, and the most samples of it.
    private static let shareHeldOut = 0.25
    private static let mostHeldOut = 2048

    /// Collective. Does the trials from the present parameters on a part of the training set, judged by the rest of it, and
    /// restores parameters, optimizer state and running statistics exactly.
    ///
    /// Losses and counts are integers summed over all ranks, so that all find the same bounds.
    ///
    /// - Parameter listener: is asked and told at each step.
    /// - Returns: the trials with their scores; `outcome` tells the bounds, or why there are none.
    /// - Throws: `AgreedError` of `TrainingError.noBounds` where the samples are too few, with the exit status 75 where a rank
    ///   asked for an interruption; `MPIError`, an error of oneDNN.
    public func run(_ rateTrials: RateTrials, listener: SearchListener = SearchListener()) throws -> RateTrials {
        let share = min(Self.shareHeldOut, Double(Self.mostHeldOut) / Double(training.count))
        let (rest, held): (Subset, Subset)
        do throws(DatasetError) {
            (rest, held) = try training.holdingOut(share, seed: seed)
        } catch {
            throw AgreedError(
                everywhere: TrainingError.noBounds(
                    "no trials of rates: \(training.count) training samples are too few to hold some out"))
        }
        guard rest.count >= shards.count else {
            throw AgreedError(
                everywhere: TrainingError.noBounds(
                    "no trials of rates: of \(training.count) training samples \(rest.count) are left when some are held "
                        + "out, too few for \(shards.count) parts of a batch"))
        }
        return try withTrainingSet(rest) {
            try restoringParameters { start in
                var trials = rateTrials
                while let rate = trials.nextRate {
                    let number = trials.shorterTrials + trials.trials.count + 1
                    trials.record(
                        try score(ofTrialAt: rate, steps: trials.steps, held: held, requests: listener.requests) {
                            step in
                            listener.progress(.trials(trial: number, rate: rate, step: step, steps: trials.steps))
                        })
                    try recall(start)
                }
                return trials
            }
        }
    }

    /// Collective. Nil where a loss, a gradient or a parameter was not finite, or losses of the later half were, in the mean,
    /// above that of knowing nothing and that of the initial parameters.
    private func score(
        ofTrialAt rate: Double, steps: Int, held: any Dataset, requests: () -> StepRequests,
        onStep: (Int) -> Void
    ) throws -> RateTrials.Score? {
        var statistics = makeStatistics()
        var mean = ParameterMean(update)
        var (initialLoss, sumOfLater) = (0.0, 0.0)
        for step in 0..<steps {
            guard
                let loss = try self.step(
                    step, at: rate, statistics: &statistics, requests: requests(), of: "the trials of rates")
            else { return nil }
            onStep(step + 1)
            if step == 0 { initialLoss = loss }
            if step >= steps / 2 {
                mean.add(update)
                sumOfLater += loss
            }
        }
        guard sumOfLater / Double(mean.count) <= max(initialLoss, lossOfGuessing) else { return nil }
        guard try update.hasFiniteParameters() else { return nil }
        return try exchanging(by: { try mean.exchange(with: update) }, { try score(on: held) })
    }

    /// Collective. The score of the network on samples.
    private func score(on samples: any Dataset) throws -> RateTrials.Score? {
        if samples.targetScale != nil { return try scoreOfTargets(on: samples) }
        let highest = log(Double(classCount))
        let weights = objective.classWeights
        // In units of 2⁻⁴⁰ nats, so that the sum is the same in any order.
        var sum: Int64 = 0
        let statistics = try evaluate(samples) { plan in
            for sample in 0..<plan.batch {
                let weight = weights.map { Double($0.values[Int(plan.labels[sample])]) } ?? 1
                sum += Int64((weight * min(plan.crossEntropy(of: sample), highest) * 0x1p40).rounded())
            }
        }
        let all = try communicator.allReduce(sum, .sum)
        let weight =
            weights.map { Double($0.units(ofCounts: statistics.confusion.rowSums)) * 0x1p-24 }
            ?? Double(samples.count)
        return RateTrials.Score(
            clippedLoss: Double(all) * 0x1p-40 / weight * (lossOfGuessing / highest),
            mutualInformation: statistics.confusion.information(.plugIn).mutualInformation)
    }

    /// Collective. The score of real targets; nil where a loss is not finite.
    private func scoreOfTargets(on samples: any Dataset) throws -> RateTrials.Score? {
        let statistics = try evaluate(samples)
        let (loss, ofMean) = (statistics.meanLoss, objective.lossOfGuessing(on: samples))
        guard loss.isFinite else { return nil }
        return RateTrials.Score(
            clippedLoss: ofMean > 0 ? loss / ofMean * lossOfGuessing : loss,
            mutualInformation: statistics.tables.reduce(0) { $0 + $1.information(.plugIn).mutualInformation })
    }
}

extension ExecutionPlan {
    /// After `forward`: the softmax cross-entropy of a sample's logits against its label, in nats; infinite where it is not a
    /// number.
    package func crossEntropy(of sample: Int) -> Double {
        let row = logits[sample * classes..<(sample + 1) * classes]
        let largest = Double(row.max() ?? 0)
        let sum = row.reduce(0) { $0 + exp(Double($1) - largest) }
        let loss = log(sum) + largest - Double(row[row.startIndex + Int(labels[sample])])
        return loss.isNaN ? .infinity : loss
    }
}
