import Datasets
import MPI
import NeuralNetwork

/// A sample whose label the weights find less likely than those of other samples.
public struct WorstPrediction: Sendable {
    /// Place in the set, from 0.
    public let index: Int
    public let label, prediction: Int
    /// Cross-entropy of the label, in nats; infinite where it is not finite.
    public let loss: Double
    /// As the source has them, before standardization, those of bytes divided by the largest one: `[C, H, W]` or `[features]`.
    public let features: [Float]
}

/// The samples of a set with the largest losses, the largest first; of equal ones the earlier sample.
struct WorstPredictions {
    private let count: Int
    /// Place in the set of the sample that comes next on this rank.
    private var next: Int
    private var worst: [Found] = []

    private struct Found: Comparable {
        let loss: Double
        let index, label, prediction: Int

        static func < (one: Self, other: Self) -> Bool {
            one.loss != other.loss ? one.loss > other.loss : one.index < other.index
        }
    }

    /// - Parameters:
    ///   - count: of samples that are found.
    ///   - first: place in the set of this rank's first sample.
    init(_ count: Int, from first: Int) {
        self.count = count
        next = first
    }

    /// Looks at a batch of this rank, in the order of the set: `plan` after its `loss`.
    mutating func add(_ plan: ExecutionPlan) {
        for sample in 0..<plan.batch {
            let loss = plan.crossEntropy(of: sample)
            worst.append(
                Found(
                    loss: loss.isFinite ? Double(loss) : .infinity, index: next + sample,
                    label: Int(plan.labels[sample]), prediction: Int(plan.predictions[sample])))
        }
        next += plan.batch
        worst = Array(worst.sorted().prefix(count))
    }

    /// Collective. Takes in what the other ranks found.
    mutating func reduce(over communicator: any Communicator) throws(MPIError) {
        let numbers = worst.flatMap { [$0.loss, Double($0.index), Double($0.label), Double($0.prediction)] }
        let all = try communicator.allGather(numbers).flatMap { $0 }
        worst = stride(from: 0, to: all.count, by: 4).map { place in
            Found(
                loss: all[place], index: Int(all[place + 1]), label: Int(all[place + 2]),
                prediction: Int(all[place + 3]))
        }
        worst = Array(worst.sorted().prefix(count))
    }

    /// The samples with their features.
    func samples(of dataset: any Dataset) -> [WorstPrediction] {
        worst.map { found in
            WorstPrediction(
                index: found.index, label: found.label, prediction: found.prediction, loss: found.loss,
                features: dataset.rawFeatures(of: found.index))
        }
    }
}

extension Dataset {
    /// Features of a sample before standardization.
    fileprivate func rawFeatures(of index: Int) -> [Float] {
        var features = [Float](repeating: 0, count: featureCount)
        var label: [Int32] = [0]
        let indices = [index]
        var span = features.mutableSpan
        var labels = label.mutableSpan
        copyBatch(indices.span, into: &span, labels: &labels)
        guard let standardization else { return features }
        let size = featureCount / standardization.mean.count
        return features.enumerated().map { place, value in
            let part = place / size
            return Float(Double(value) * standardization.standardDeviation[part] + standardization.mean[part])
        }
    }
}
