import DataParallel
import Datasets
import Foundation
import InformationTheory
import LearningRate
import MPI
import NeuralNetwork

/// `entrain evaluate`: weights of a finished run on one of the sets of their own data.
public struct EvaluationRun {
    public let model: TrainedModel
    public let confusion: ConfusionMatrix
    public let metrics: PredictionMetrics
    /// What looks otherwise than it was taken, or was hoped for; a line each.
    public let warnings: [String]

    /// A part of the data.
    public enum Part: String, CaseIterable, Sendable {
        case train, validation, test
    }

    /// Collective.
    ///
    /// - Parameters:
    ///   - path: a run directory or its `model.safetensors`.
    ///   - precision: what to compute in; nil for what the weights were trained in.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    /// - Throws: `AgreedError` of what the file, the data or the network lack; `MPIError`, `DNNLError`.
    public init(
        of path: String, on part: Part, dataRoot: String?, precision: Configuration.Training.Precision? = nil,
        emulated: Bool = false, over communicator: any Communicator
    ) throws {
        let (file, model) = try communicator.agree {
            var isDirectory: ObjCBool = false
            let isRun = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
            let file = isRun ? try RunDirectory.open(at: path).model : path
            var model = try TrainedModel(readingFrom: file)
            if let precision { model.configuration.training.precision = precision }
            guard model.standardization != nil || !model.configuration.needsStandardization else {
                throw FileError(
                    path: file,
                    problem: "expected entrain.standardization in the metadata (data.standardize is true), found none")
            }
            return (file, model)
        }
        var configuration = model.configuration
        if part == .test {
            // One rank looks: some nodes may lack files that others read.
            let lacks = communicator.rank == 0 && configuration.lacksTrainingFiles(root: dataRoot)
            if try communicator.broadcast(lacks ? 1 : 0, root: 0) == 1 { configuration.takeTestFilesAlone() }
        }
        let setup = try Setup(
            configuration, dataRoot: dataRoot, emulated: emulated, standardization: model.standardization,
            meaning: model.meaning, over: communicator)
        try communicator.agree {
            guard setup.data.train.sampleShape == model.meaning.sampleShape else {
                throw FileError(
                    path: file,
                    problem: "holds weights for samples \(model.meaning.sampleShape), the data has "
                        + "\(setup.data.train.sampleShape)")
            }
            do {
                try model.load(into: setup.replica)
            } catch let mismatch as ParameterMismatch {
                throw FileError(path: file, problem: "\(mismatch)")
            }
        }
        try communicator.barrier()
        let dataset = try communicator.agree {
            switch part {
            case .train: return setup.data.train
            case .test: return setup.data.test
            case .validation:
                guard let validation = setup.data.validation else {
                    throw FileError(
                        path: file, problem: "was trained with data.validation 0: there is no validation set")
                }
                return validation
            }
        }
        try communicator.agree {
            try model.configuration.data.warnings.handle(setup.data.warnings) { _ in }
        }
        let statistics = try setup.replica.evaluate(dataset)
        self.model = model
        let guessing = statistics.confusion.guessing?.report(
            of: part == .test ? "test set" : part == .train ? "training set" : "validation set",
            className: setup.data.train.className)
        // A file that is read for two sets tells the same of both.
        var told: Set<String> = []
        warnings =
            setup.data.warnings.map(\.description).filter { told.insert($0).inserted } + (guessing.map { [$0] } ?? [])
        confusion = statistics.confusion
        metrics = PredictionMetrics(statistics.metrics(cycle: 0, step: 0, cycleLength: 1))
    }
}
