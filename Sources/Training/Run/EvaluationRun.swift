import DataParallel
import Datasets
import Foundation
import InformationTheory
import LearningRate
import MPI
import NeuralNetwork

/// `entrain evaluate`: weights of a finished run on one of the sets of their own data, or on other files of the same kind.
public struct EvaluationRun {
    public let model: TrainedModel
    public let confusion: ConfusionMatrix
    public let metrics: PredictionMetrics
    /// Which rows were evaluated, where a file has others too; one line.
    public let note: String?
    /// What looks otherwise than it was taken, or was hoped for; a line each.
    public let warnings: [String]

    /// A part of the data.
    public enum Part: String, CaseIterable, Sendable {
        case train, validation, test

        fileprivate var name: String {
            switch self {
            case .train: "training set"
            case .validation: "validation set"
            case .test: "test set"
            }
        }
    }

    /// Collective.
    ///
    /// - Parameters:
    ///   - path: a run directory or its `model.safetensors`.
    ///   - testFiles: files to evaluate whole, in the place of those of the configuration; empty for these. Relative paths start
    ///     from where the program runs, or else from the data root.
    ///   - precision: what to compute in; nil for what the weights were trained in.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    /// - Throws: `AgreedError` of what the file, the data or the network lack; `MPIError`, `DNNLError`.
    public init(
        of path: String, on part: Part, testFiles: [String] = [], dataRoot: String?,
        precision: Configuration.Training.Precision? = nil, emulated: Bool = false,
        over communicator: any Communicator
    ) throws {
        let (file, model) = try communicator.agree { try Self.readModel(of: path, precision) }
        self.model = model
        var configuration = model.configuration
        try configuration.take(testFiles: testFiles, for: part, root: dataRoot, over: communicator)
        let setup = try Setup(
            configuration, dataRoot: dataRoot, emulated: emulated, standardization: model.standardization,
            meaning: model.meaning, over: communicator)
        let data = setup.data
        try communicator.agree {
            guard data.train.sampleShape == model.meaning.sampleShape else {
                throw FileError(
                    path: file,
                    problem: "holds weights for samples \(model.meaning.sampleShape), the data has "
                        + "\(data.train.sampleShape)")
            }
            do {
                try model.load(into: setup.replica)
            } catch let mismatch as ParameterMismatch {
                throw FileError(path: file, problem: "\(mismatch)")
            }
        }
        try communicator.barrier()
        let dataset = try communicator.agree { try data.part(part, ofWeightsIn: file) }
        note = part == .test ? data.evaluated?.description : nil
        // A file that is read for two sets tells the same of both.
        var told: Set<String> = []
        let looks = (data.warnings + dataset.warningOfAbsentClasses(in: part.name)).filter {
            told.insert($0.description).inserted
        }
        try communicator.agree { try configuration.data.warnings.handle(looks) { _ in } }
        let statistics = try setup.replica.evaluate(dataset)
        confusion = statistics.confusion
        metrics = statistics.metrics(cycle: 0, step: 0, cycleLength: 1).predictions
        let notFinite = statistics.loss.nonFiniteCount
        let predictions =
            notFinite > 0
            ? "\(part.name): the loss of \(notFinite) of \(dataset.count) samples is not finite: the network's outputs overflow, and "
                + "the scores of these samples say nothing; train with a lower rate, or check the features"
            : statistics.confusion.guessing?.report(of: part.name, className: data.train.className)
        warnings = looks.map(\.description) + (predictions.map { [$0] } ?? [])
    }

    private static func readModel(
        of path: String, _ precision: Configuration.Training.Precision?
    ) throws -> (file: String, model: TrainedModel) {
        var isDirectory: ObjCBool = false
        let isRun = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
        let file = isRun ? try RunDirectory.open(at: path).finishedModel() : path
        var model = try TrainedModel(readingFrom: file)
        if let precision { model.configuration.training.precision = precision }
        guard model.standardization != nil || !model.configuration.needsStandardization else {
            throw FileError(
                path: file,
                problem: "expected entrain.standardization in the metadata (data.standardize is true), found none")
        }
        return (file, model)
    }
}

extension RunDirectory {
    /// The weights of a run that has ended.
    fileprivate func finishedModel() throws(FileError) -> String {
        if FileManager.default.fileExists(atPath: model) { return model }
        throw FileError(
            path: path,
            problem:
                "the run has not ended: it has no \(URL(fileURLWithPath: model).lastPathComponent) yet; finish it with "
                + "entrain train CONFIG --resume auto --output \(path), CONFIG being \(configuration) or the file that it was "
                + "started with")
    }
}

extension LoadedData {
    /// - Parameter file: with the weights.
    fileprivate func part(_ part: EvaluationRun.Part, ofWeightsIn file: String) throws(FileError) -> any Dataset {
        if part != .test, let evaluated, evaluated.choice == .all {
            throw FileError(
                path: evaluated.path,
                problem:
                    "is not the file that the weights were trained on, and has no \(part.name); evaluate all rows with --on test"
            )
        }
        switch part {
        case .train: return train
        case .test: return test
        case .validation:
            if let validation { return validation }
            throw FileError(path: file, problem: "was trained with data.validation 0: there is no validation set")
        }
    }
}

extension Dataset {
    /// - Parameter name: of the set.
    fileprivate func warningOfAbsentClasses(in name: String) -> [DataWarning] {
        guard isStored else { return [] }
        let names = classCounts.enumerated().filter { $1 == 0 }.map { className($0.offset) }
        return DataWarning(ofAbsentClasses: names, in: name, remedy: DataWarning.notMeasured).map { [$0] } ?? []
    }
}
