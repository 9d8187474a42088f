import Foundation
import MPI
import Settings

extension TrainedModel {
    /// The weights of a run that has ended, or of a file.
    ///
    /// - Parameters:
    ///   - path: a run directory or its `model.safetensors`.
    ///   - additions: components of another package that the weights were trained with.
    /// - Throws: `FileError`, `SafetensorsError` or `ConfigurationError`, which name the file.
    static func reading(
        fromRunOrFile path: String, additions: [any Component.Type]
    ) throws -> (file: String, model: TrainedModel) {
        var isDirectory: ObjCBool = false
        let isRun = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
        let file = isRun ? try RunDirectory.open(at: path).finishedModel() : path
        let model = try TrainedModel(readingFrom: file, additions: additions)
        guard model.standardization != nil || !model.configuration.needsStandardization else {
            throw FileError(
                path: file,
                problem: "expected entrain.standardization in the metadata (data.standardize is true), found none")
        }
        return (file, model)
    }

    /// Collective. The weights of a run as they are evaluated: those of `model.safetensors`, or of a checkpoint, in whose place an
    /// average of them stands where one is kept.
    ///
    /// - Parameters:
    ///   - path: a run directory or its `model.safetensors`; the directory for a checkpoint.
    ///   - dataRoot: the directory that relative paths of the data start from, which a checkpoint is read with.
    ///   - precision: what to compute in; nil for what the weights were trained in.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - additions: components of another package that the weights were trained with.
    /// - Throws: `AgreedError` of what the file, the data or the network lack; `MPIError`, an error of oneDNN.
    public init(
        of path: String, weights: EvaluatedWeights = .final, dataRoot: String?,
        precision: Configuration.Training.Precision? = nil, emulated: Bool = false,
        additions: [any Component.Type] = [], over communicator: any Communicator
    ) throws {
        switch weights {
        case .final:
            self = try communicator.agree { try Self.reading(fromRunOrFile: path, additions: additions).model }
        case .checkpoint(let checkpoint):
            let experiment = try Experiment.takingUp(
                checkpoint, ofRun: path, dataRoot: dataRoot, precision: precision, emulated: emulated,
                additions: additions, over: communicator)
            self = try experiment.replica.withEvaluatedParameters {
                try communicator.agree { try TrainedModel(experiment) }
            }
            try experiment.free()
        }
        if let precision { configuration.training.precision = precision }
    }
}

extension TrainedModel {
    /// Sets keys of `data.csv` for tables that look otherwise than those that the weights were trained on.
    ///
    /// - Parameter overrides: `data.csv.KEY=VALUE`, as the command line has them.
    /// - Throws: `ConfigurationError` of other keys, which the weights decide, and of values that cannot be.
    public mutating func setLook(ofTables overrides: [String]) throws(ConfigurationError) {
        guard !overrides.isEmpty else { return }
        if let other = overrides.first(where: { !$0.hasPrefix("data.csv.") }) {
            throw ConfigurationError(
                place: "--set \(other)", keyPath: "",
                problem:
                    "expected a key of data.csv, the look of a table, such as data.csv.separator=tab; the weights decide all else"
            )
        }
        configuration = try Configuration(
            yaml: configuration.yaml, name: "configuration of the weights", overrides: overrides,
            additions: configuration.additions)
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
