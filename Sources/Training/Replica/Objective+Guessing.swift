import Datasets
import Foundation
import NeuralNetwork

extension Objective {
    /// The mean loss over samples of a network that knows nothing of them: ln K nats of K classes, times the mean weight of the
    /// smoothed targets; of real targets the loss of the mean of the training targets, which is the output 0; of labels the mean
    /// of their entropies. Added in the order of the samples: the same bits on every rank.
    func lossOfGuessing(on samples: any Dataset) -> Double {
        switch self {
        case .classes(let smoothing, let weights):
            let nothing = log(Double(samples.classCount))
            guard let weights, smoothing > 0 else { return nothing }
            return nothing * (1 - Double(smoothing) + Double(smoothing) * weights.mean)
        case .labels(let outputs):
            let count = max(samples.count, 1)
            return outputs.indices.reduce(0.0) { sum, output in
                let present = (0..<samples.count).count { samples.target(at: $0, output: output) >= 0.5 }
                return sum + BinaryCrossEntropy.entropy(ofProbability: Double(present) / Double(count))
            } / Double(outputs.count)
        case .targets(let loss, let outputs):
            var sum = 0.0
            for index in 0..<samples.count {
                for output in outputs.indices {
                    sum += loss.loss(of: -Double(samples.target(at: index, output: output)))
                }
            }
            return sum / Double(max(samples.count * outputs.count, 1))
        }
    }
}
