import DataParallel
import MPI
import NeuralNetwork

/// What a step with numbers that are not finite was made of; the same on all ranks.
package struct StepEvidence: Codable, Sendable, Equatable {
    package var reason: String
    /// Updates done before.
    package var step: Int
    /// Samples of the training set whose logits are not finite, the first 100 in the order of the step.
    package var samples: [Sample]
    /// Number of such samples over all ranks.
    package var sampleCount: Int
    package var tensors: [Tensor]

    package struct Sample: Codable, Sendable, Equatable {
        /// In the training set.
        package var index: Int
        package var label: Int
    }

    /// A tensor of parameters and its gradient.
    package struct Tensor: Codable, Sendable, Equatable {
        package var name: String
        package var parameters: Numbers
        /// Over the passes of all ranks.
        package var gradient: Numbers
    }

    package struct Numbers: Codable, Sendable, Equatable {
        /// How many are infinite or not a number.
        package var notFinite: Int
        /// Largest absolute value of the others.
        package var largest: Double
    }
}

extension Replica {
    /// Collective. Does a step once more, without its update, and looks at the numbers. Overwrites gradients and running
    /// statistics.
    package func evidence(ofStep step: Int, reason: String) throws -> StepEvidence {
        let stepOfEpoch = step % batches.stepsPerEpoch
        let batch = batches.batch(ofStep: stepOfEpoch)
        let tensors = network.layout.tensors
        var gradients = NumberCounts(count: tensors.count)
        var samples: [Int] = []
        let passes = passCount(ofStep: stepOfEpoch)
        for number in 0..<passes {
            let range = self.samples(ofPass: number, of: passes, step: stepOfEpoch)
            if range.isEmpty { continue }
            let plan = try network.plan(batch: range.count, mode: .training)
            let position = BatchPosition(step: step, firstSample: range.lowerBound - batch.lowerBound)
            load(range, of: training, in: order, augmentedBy: augmenter, into: plan)
            try plan.forward(position)
            _ = plan.loss(of: objective, gradientScale: 1 / Float(batch.count))
            for row in 0..<range.count {
                let logits = plan.logits[row * plan.classes..<(row + 1) * plan.classes]
                let label = Int(plan.labels[row])
                if !logits.allSatisfy(\.isFinite) { samples += [indices[row], label] }
            }
            try plan.backward(position)
            for (index, tensor) in tensors.enumerated() {
                gradients.add(update.arenas.gradient[tensor.range], at: index)
            }
        }
        try joinPasses(after: passes, ofStep: stepOfEpoch)
        // The nodes' copies of the parameters are alike.
        var parameters = NumberCounts(count: tensors.count)
        for (index, tensor) in tensors.enumerated() {
            parameters.add(update.arenas.parameters[tensor.range], at: index)
        }
        try gradients.reduce(over: communicator)
        let all = try communicator.allGather(samples).flatMap { $0 }
        return StepEvidence(
            reason: reason, step: step,
            samples: stride(from: 0, to: min(all.count, 200), by: 2).map {
                StepEvidence.Sample(index: all[$0], label: all[$0 + 1])
            },
            sampleCount: all.count / 2,
            tensors: tensors.enumerated().map {
                StepEvidence.Tensor(name: $1.name, parameters: parameters[$0], gradient: gradients[$0])
            })
    }
}

/// What is not finite, and what is largest, of several tensors.
private struct NumberCounts {
    private var notFinite: [Int]
    private var largest: [Double]

    init(count: Int) {
        notFinite = Array(repeating: 0, count: count)
        largest = Array(repeating: 0, count: count)
    }

    mutating func add(_ values: Slice<UnsafeMutableBufferPointer<Float>>, at index: Int) {
        for value in values {
            if value.isFinite {
                largest[index] = max(largest[index], Double(abs(value)))
            } else {
                notFinite[index] += 1
            }
        }
    }

    mutating func reduce(over communicator: any Communicator) throws(MPIError) {
        try communicator.allReduce(&notFinite, .sum)
        try communicator.allReduce(&largest, .max)
    }

    subscript(index: Int) -> StepEvidence.Numbers {
        StepEvidence.Numbers(notFinite: notFinite[index], largest: largest[index])
    }
}
