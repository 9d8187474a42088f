import Datasets
import MPI
import NeuralNetwork
import Settings

extension Configuration {
    /// Collective. The weights of the classes of some training samples; nil where all have the same.
    ///
    /// Each rank counts the labels of its part, and integers are summed: the same weights on any number of ranks.
    ///
    /// - Throws: `AgreedError` of a `ConfigurationError` where weights are of other classes than those of the data; `MPIError`.
    func classWeights(of samples: any Dataset, over communicator: any Communicator) throws -> ClassWeights? {
        guard let weighting = (task as? Classification)?.classWeights else { return nil }
        let weights = try communicator.agree { try self.weights(by: weighting, of: samples) }
        var counts = [Int64](repeating: 0, count: samples.classCount)
        let part = BatchPlan.evaluationSlice(
            count: samples.count, rank: communicator.rank, ranks: communicator.size)
        for index in part { counts[Int(samples.label(at: index))] += 1 }
        try communicator.allReduce(&counts, .sum)
        return weights.map { ClassWeights($0, counts: counts) } ?? ClassWeights(balancing: counts)
    }

    /// [K]; nil for those that balance the classes.
    private func weights(
        by weighting: ClassWeighting, of samples: any Dataset
    ) throws(ConfigurationError) -> [Double]? {
        let names = (0..<samples.classCount).map(samples.className)
        func error(_ problem: String) -> ConfigurationError {
            ConfigurationError(place: "configuration", keyPath: "task.classification.classWeights", problem: problem)
        }
        switch weighting {
        case .balanced: return nil
        case .all(let weights):
            guard weights.count == names.count else {
                throw error(
                    "expected a weight for each of the \(names.count) classes of the data, found \(weights.count)")
            }
            return weights
        case .some(let named):
            var weights = [Double](repeating: 1, count: names.count)
            for entry in named {
                guard let place = names.firstIndex(of: entry.name) else {
                    throw error(
                        "expected classes of the data (\(NameList(names))), found \(entry.name.debugDescription)")
                }
                weights[place] = entry.weight
            }
            return weights
        }
    }
}
