import Foundation
import Yams

extension Configuration {
    /// The configuration as YAML, with every default filled in; reading it gives an equal configuration.
    public var yaml: String {
        var root: [(String, Node)] = [("seed", Node(plain: seed)), ("data", .section(data.written))]
        root.append(("model", .section(model.entries)))
        root.append(("training", .section(training.written)))
        root.append(("optimizer", .section(optimizer.written)))
        root.append(("learningRate", .section(learningRate.written)))
        root.append(("averaging", .section(averaging.written)))
        root.append(("reproducible", .section(reproducible.written)))
        root.append(("reduction", .section(reduction.written)))
        root.append(("checkpoint", .section(checkpoint.written)))
        root.append(("output", .section(output.written)))
        do {
            return try serialize(node: .section(root), width: -1, allowUnicode: true)
        } catch {
            preconditionFailure("a tree of strings cannot fail to serialize: \(error)")
        }
    }
}

extension Configuration {
    /// What an experiment's result depends on: not what a run writes, when it is kept, and how the data come to the ranks.
    var experiment: Configuration {
        var experiment = self
        experiment.data.sharedMemory = true
        experiment.data.broadcast = false
        experiment.data.warnings = .show
        experiment.output = Output()
        experiment.checkpoint = Checkpoint()
        return experiment
    }

    /// The lines of ``experiment``, without their indentation: for messages.
    var experimentLines: [String] {
        experiment.yaml.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
