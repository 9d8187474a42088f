import Foundation
import MPI
import NeuralNetwork

/// How good predicted probabilities are, over a set of samples: what a rank saw, or after ``reduce(over:)`` all ranks. Integers
/// alone, so that the scores are the same on any number of ranks.
public struct ProbabilityScores: Sendable, Equatable {
    /// Samples of the same confidence, which is the probability of the likeliest class.
    public struct Bin: Sendable, Equatable {
        public fileprivate(set) var samples: Int64 = 0
        /// Samples predicted right.
        public fileprivate(set) var correct: Int64 = 0
        /// Sum of the confidences in units of 2⁻³².
        fileprivate var confidence: Int64 = 0

        /// NaN without samples.
        public var accuracy: Double { Double(correct) / Double(samples) }
        /// Mean confidence; NaN without samples.
        public var meanConfidence: Double { Double(confidence) * 0x1p-32 / Double(samples) }
    }

    /// The number of bins of equal width that confidences are sorted into, as in Guo et al., ICML 2017.
    public static let binCount = 15
    /// The number of classes of which the true one has to be among the likeliest, for ``topAccuracy``.
    public static let top = 5

    /// By confidence, the lowest first: bin b holds those in (b / 15, (b + 1) / 15].
    public private(set) var bins = [Bin](repeating: Bin(), count: binCount)
    private var topCorrect: Int64 = 0
    private let classCount: Int
    /// With two classes, the logarithm of the odds of the second one for the samples of either class: in the order of its
    /// probabilities, and apart where these round to 1.
    private var logOdds: [[Float]] = [[], []]

    public init(classCount: Int) {
        self.classCount = classCount
    }

    /// Counts a batch of this rank: `plan` after its `loss` and before its `backward`.
    public mutating func add(_ plan: ExecutionPlan) {
        for sample in 0..<plan.batch {
            let logits = plan.logits[sample * plan.classes..<(sample + 1) * plan.classes]
            add(logits: Array(logits), label: Int(plan.labels[sample]), prediction: Int(plan.predictions[sample]))
        }
    }

    /// Counts a batch of this rank, of one label, whose output is the logit of its probability.
    public mutating func add(_ plan: ExecutionPlan, label output: Int) {
        for place in stride(from: output, to: plan.batch * plan.classes, by: plan.classes) {
            add(
                logits: [0, plan.logits[place]], label: plan.targets[place] >= 0.5 ? 1 : 0,
                prediction: plan.logits[place] >= 0 ? 1 : 0)
        }
    }

    /// Counts a sample by its logits, `[K]`. One whose logits are not finite counts in the lowest bin, as of no confidence.
    package mutating func add(logits: [Float], label: Int, prediction: Int) {
        let probabilities = softmax(logits)
        let confidence = probabilities?.max() ?? 0
        let bin = max(0, min(Self.binCount, Int((confidence * Double(Self.binCount)).rounded(.up))) - 1)
        bins[bin].samples += 1
        bins[bin].correct += prediction == label ? 1 : 0
        bins[bin].confidence += Int64((confidence * 0x1p32).rounded())
        // Among classes of one probability those before the label come first.
        let before = logits.enumerated().count { $1 > logits[label] || $1 == logits[label] && $0 < label }
        topCorrect += before < Self.top ? 1 : 0
        if classCount == 2 { logOdds[label].append(probabilities == nil ? .nan : logits[1] - logits[0]) }
    }

    /// Collective. Sums the counts of all ranks: every rank has the same after it.
    public mutating func reduce(over communicator: any Communicator) throws(MPIError) {
        var counts = bins.flatMap { [$0.samples, $0.correct, $0.confidence] } + [topCorrect]
        try communicator.allReduce(&counts, .sum)
        for index in bins.indices {
            bins[index] = Bin(
                samples: counts[3 * index], correct: counts[3 * index + 1], confidence: counts[3 * index + 2])
        }
        topCorrect = counts[3 * bins.count]
        guard classCount == 2 else { return }
        for label in 0..<2 {
            let all: [[Float]] = try communicator.allGather(logOdds[label])
            logOdds[label] = all.flatMap(\.self)
        }
    }

    /// The number of samples.
    public var samples: Int64 { bins.reduce(0) { $0 + $1.samples } }

    /// The share of samples whose class is among the five likeliest; nil with five classes or fewer.
    public var topAccuracy: Double? {
        classCount > Self.top && samples > 0 ? Double(topCorrect) / Double(samples) : nil
    }

    /// The expected calibration error: the mean distance of accuracy and mean confidence over the bins, weighted by their samples
    /// (Naeini, Cooper, Hauskrecht, AAAI 2015, equation 3). NaN without samples.
    public var calibrationError: Double {
        let distances = bins.filter { $0.samples > 0 }.map { bin in
            abs(bin.accuracy - bin.meanConfidence) * Double(bin.samples)
        }
        return distances.reduce(0, +) / Double(samples)
    }

    /// With two classes the area under the receiver operating characteristic: the probability that a sample of the second class has
    /// a higher probability of it than one of the first, ties counting half (Mann–Whitney). Nil with other numbers of classes,
    /// where a class has no samples, or where a probability is not a number.
    public var areaUnderCurve: Double? {
        guard classCount == 2, logOdds.allSatisfy({ !$0.isEmpty }),
            logOdds.allSatisfy({ $0.allSatisfy { !$0.isNaN } })
        else { return nil }
        let negatives = logOdds[0].sorted()
        // Twice the number of pairs in order, so that ties count 1.
        var wins = 0
        var (below, upTo) = (0, 0)
        for probability in logOdds[1].sorted() {
            while below < negatives.count, negatives[below] < probability { below += 1 }
            upTo = max(upTo, below)
            while upTo < negatives.count, negatives[upTo] == probability { upTo += 1 }
            wins += below + upTo
        }
        return Double(wins) / (2 * Double(negatives.count) * Double(logOdds[1].count))
    }
}
