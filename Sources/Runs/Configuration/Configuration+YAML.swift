import Foundation
import Training
import Yams

extension Configuration {
    /// The configuration as YAML, with every default filled in; reading it gives an equal configuration.
    public var yaml: String {
        let root = written.map { ($0.key, Node($0.value)) }
        do {
            return try serialize(node: .section(root), width: -1, allowUnicode: true)
        } catch {
            preconditionFailure("a tree of strings cannot fail to serialize: \(error)")
        }
    }
}

extension Configuration {
    /// What an experiment's result depends on: not what a run writes, when it is kept, how the data come to the ranks, and whether
    /// activations are computed twice.
    var experiment: Configuration {
        var experiment = self
        experiment.data.source = data.source.regardlessOfMemory
        experiment.data.sharedMemory = true
        experiment.data.broadcast = false
        experiment.data.warnings = .show
        experiment.output = Output()
        experiment.checkpoint = Checkpointing()
        experiment.training.recompute = false
        return experiment
    }

    /// The lines of ``experiment``, without their indentation: for messages.
    var experimentLines: [String] {
        experiment.yaml.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
