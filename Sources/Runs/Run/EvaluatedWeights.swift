import DataParallel
import Datasets
import Foundation
import MPI
import NeuralNetwork
import Settings

/// Which of a run's weights are evaluated.
public enum EvaluatedWeights: Sendable, Equatable {
    /// Those of `model.safetensors`.
    case final
    /// A checkpoint that the run has kept.
    case checkpoint(KeptCheckpoint)

    public enum KeptCheckpoint: Sendable, Equatable {
        /// The checkpoint of the cycle with the highest accuracy, with `checkpoint.best`.
        case best
        case last
        /// The checkpoint after so many steps.
        case step(Int)
    }
}

extension RunDirectory {
    /// The directory of a checkpoint that the run has kept. To be called by one rank.
    ///
    /// - Throws: where there is none, with those that there are.
    func path(of checkpoint: EvaluatedWeights.KeptCheckpoint) throws(FileError) -> String {
        let steps = try Checkpoint.steps(in: checkpoints)
        let hasBest = FileManager.default.fileExists(atPath: "\(checkpoints)/\(Checkpoint.best)")
        switch checkpoint {
        case .best where hasBest: return "\(checkpoints)/\(Checkpoint.best)"
        case .last where !steps.isEmpty: return self.checkpoint(ofStep: steps.last!)
        case .step(let step) where steps.contains(step): return self.checkpoint(ofStep: step)
        default:
            let found = (hasBest ? ["best"] : []) + steps.map(String.init)
            throw FileError(
                path: checkpoints,
                problem: "expected the checkpoint \(checkpoint), found "
                    + (found.isEmpty ? "none" : found.joined(separator: ", ")))
        }
    }
}

extension EvaluatedWeights.KeptCheckpoint: CustomStringConvertible {
    /// As the command line takes it.
    public init?(_ text: String) {
        switch text {
        case "best": self = .best
        case "last": self = .last
        default:
            guard let step = Int(text), step >= 0 else { return nil }
            self = .step(step)
        }
    }

    public var description: String {
        switch self {
        case .best: "best"
        case .last: "last"
        case .step(let step): "\(step)"
        }
    }
}

extension Experiment {
    /// Collective. The experiment of a run, with the parameters, optimizer state and running statistics of a checkpoint.
    ///
    /// - Parameters:
    ///   - path: of the run directory.
    ///   - precision: what to compute in; nil for what the run does.
    ///   - additions: components of another package that the run was made with.
    /// - Throws: as ``takeUp(_:of:)`` and ``init(_:dataRoot:emulated:standardization:meaning:data:over:)``.
    static func takingUp(
        _ checkpoint: EvaluatedWeights.KeptCheckpoint, ofRun path: String, dataRoot: String?,
        precision: Configuration.Training.Precision? = nil, emulated: Bool = false, additions: [any Component.Type],
        over communicator: any Communicator
    ) throws -> Experiment {
        let (run, configuration) = try communicator.agree {
            let run = try RunDirectory.open(at: path)
            var configuration = try Configuration.load(path: run.configuration, additions: additions)
            if let precision { configuration.training.precision = precision }
            // Those of the checkpoint take their place.
            (configuration.model.weights, configuration.model.rename) = (nil, nil)
            return (run, configuration)
        }
        let experiment = try Experiment(configuration, dataRoot: dataRoot, emulated: emulated, over: communicator)
        try experiment.takeUp(checkpoint, of: run)
        return experiment
    }

    /// Collective. Takes up a checkpoint's parameters, optimizer state and running statistics.
    ///
    /// - Throws: `AgreedError` of a `FileError` where it is not whole, or of another network or other data.
    func takeUp(_ checkpoint: EvaluatedWeights.KeptCheckpoint, of run: RunDirectory) throws {
        let (replica, communicator) = (replica, replica.communicator)
        // One rank looks: the newest one may change meanwhile.
        var path = try communicator.agree {
            communicator.rank == 0 ? Array(try run.path(of: checkpoint).utf8) : []
        }
        try communicator.broadcast(resizing: &path, root: 0)
        let place = String(decoding: path, as: UTF8.self)
        let kept = try communicator.agree {
            let kept = try replica.checkpoint(at: place, additions: configuration.additions)
            if let refusal = fingerprint.refusal(of: kept.fingerprint) {
                throw FileError(path: place, problem: refusal)
            }
            return kept
        }
        try replica.restore(kept)
    }
}
