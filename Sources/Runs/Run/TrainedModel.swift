import Datasets
import NeuralNetwork
import Settings
import Training

/// Weights with all that is needed to use them: what `model.safetensors` holds.
///
/// The tensors have PyTorch's names and shapes for a `Sequential` of the same layers. The metadata keys are
/// `entrain.configuration` (YAML), and in JSON `entrain.layers` (the network layer by layer, also that of a preset, with every
/// setting, as `model.layers` has them), `entrain.standardization` (absent where there is none), `entrain.sampleShape` (an array),
/// `entrain.layout` (what its dimensions are), `entrain.fullScale` (the raw value presented as 1), `entrain.classCount`,
/// `entrain.classNames` (an array, absent where the data name none), `entrain.columns` (names of the feature columns in their order,
/// of the label and of what is ignored; absent without a header), `entrain.encoding` (how columns become features, with the levels of
/// categories in their order; absent where each is one as it stands), `entrain.target` (mean, deviation and bins of the training targets; absent for classes; `entrain.targets`, a list, of several),
/// `entrain.split` (digests that tell the file that training and test samples were both taken from), and
/// `entrain.primitives` (what computed the passes of each layer).
public struct TrainedModel {
    public var configuration: Configuration
    public var standardization: Standardization?
    /// What samples and labels mean.
    public var meaning: DataMeaning
    public var parameters: [Tensor]
    /// Running means and variances of normalisations.
    public var statistics: [Tensor]
    /// oneDNN's names of what computed the passes, by layer and pass.
    public var primitives: [String: [String: String]]

    /// The present parameters of an experiment. The arenas must be at rest: no rank may be in a step.
    init(_ experiment: Experiment) throws {
        configuration = experiment.configuration
        standardization = experiment.data.standardization
        meaning = experiment.data.meaning
        parameters = try experiment.replica.network.exportParameters()
        statistics = experiment.replica.network.exportStatistics()
        primitives = experiment.replica.network.primitives
    }

    /// Writes the file; its name never means a part of it. To be called by one rank.
    public func write(to path: String) throws(FileError) {
        var metadata = descriptiveMetadata
        metadata["entrain.primitives"] = JSONText.line(of: primitives)
        if let split = meaning.split { metadata["entrain.split"] = JSONText.line(of: split) }
        let tensors = (parameters + statistics).map {
            SafetensorsFile.Tensor(name: $0.name, shape: $0.shape, values: $0.values)
        }
        try SafetensorsFile(tensors: tensors, metadata: metadata).write(to: path)
    }

    /// The metadata that tell a user of the weights what goes in and what comes out.
    var descriptiveMetadata: [String: String] {
        var metadata = [
            "entrain.configuration": configuration.yaml, "entrain.sampleShape": JSONText.line(of: meaning.sampleShape),
            "entrain.layout": JSONText.line(of: meaning.layout),
            "entrain.classCount": JSONText.line(of: meaning.classCount),
        ]
        let network = try? configuration.network(for: meaning)
        if let network { metadata["entrain.layers"] = LayerList(network.layers).json }
        if let standardization { metadata["entrain.standardization"] = JSONText.line(of: standardization) }
        if let fullScale = meaning.fullScale { metadata["entrain.fullScale"] = JSONText.line(of: fullScale) }
        if let names = meaning.classNames { metadata["entrain.classNames"] = JSONText.line(of: names) }
        if let columns = meaning.columns { metadata["entrain.columns"] = JSONText.line(of: columns) }
        if let encoding = meaning.encoding { metadata["entrain.encoding"] = JSONText.line(of: encoding) }
        if let scales = meaning.targetScales {
            // One stands by itself.
            if scales.count == 1 { metadata["entrain.target"] = JSONText.line(of: scales[0]) }
            if scales.count > 1 { metadata["entrain.targets"] = JSONText.line(of: scales) }
        }
        return metadata
    }

    /// Reads a file that `write(to:)` wrote.
    ///
    /// - Parameter additions: components of another package that the weights were trained with.
    /// - Throws: `SafetensorsError` or `ConfigurationError`, which name the file.
    public init(readingFrom path: String, additions: [any Component.Type] = []) throws {
        let file = try SafetensorsFile(path: path)
        guard let yaml = file.metadata["entrain.configuration"] else {
            throw SafetensorsError(
                path: path, problem: "expected weights written by entrain, found no entrain.configuration in them")
        }
        configuration = try Configuration(yaml: yaml, name: "\(path) (entrain.configuration)", additions: additions)
        standardization = try file.value(Standardization.self, "entrain.standardization", path: path)
        guard let shape = try file.value([Int].self, "entrain.sampleShape", path: path) else {
            throw SafetensorsError(path: path, problem: "expected entrain.sampleShape in the metadata, found none")
        }
        let classNames = try file.value([String].self, "entrain.classNames", path: path)
        let classCount = try file.value(Int.self, "entrain.classCount", path: path)
        primitives = try file.value([String: [String: String]].self, "entrain.primitives", path: path) ?? [:]
        let tensors = try file.tensors.map { tensor in
            guard case .float32(let values) = tensor.values else {
                throw SafetensorsError(path: path, problem: "expected \(tensor.name) as F32, found another type")
            }
            guard let place = values.firstIndex(where: { !$0.isFinite }) else {
                return Tensor(name: tensor.name, shape: tensor.shape, values: values)
            }
            throw SafetensorsError(
                path: path,
                problem:
                    "expected finite numbers in \(tensor.name), found \(values[place]) at \(place); the file is damaged, or the "
                    + "training that it comes from diverged")
        }
        func isStatistic(_ tensor: Tensor) -> Bool {
            tensor.name.split(separator: ".").last?.hasPrefix("running_") == true
        }
        parameters = tensors.filter { !isStatistic($0) }
        statistics = tensors.filter(isStatistic)
        meaning = DataMeaning(
            sampleShape: shape, fullScale: try file.value(Double.self, "entrain.fullScale", path: path),
            // Weights written without it: the last layer has a unit a class.
            classCount: classCount ?? classNames?.count ?? parameters.last?.shape.first ?? 0, classNames: classNames,
            columns: try file.value(TableColumns.self, "entrain.columns", path: path),
            encoding: try file.value(TableEncoding.self, "entrain.encoding", path: path),
            targetScales: try file.value(TargetScale.self, "entrain.target", path: path).map { [$0] }
                ?? file.value([TargetScale].self, "entrain.targets", path: path),
            split: try file.value(SplitRows.self, "entrain.split", path: path))
        guard meaning.isConsistent else {
            throw SafetensorsError(
                path: path,
                problem:
                    "expected entrain.classCount, .classNames, .columns, .encoding and .sampleShape that agree, found "
                    + "\(meaning.classCount) classes, \(meaning.classNames?.count ?? 0) names, "
                    + "\(meaning.columns?.features.count ?? 0) feature columns and \(meaning.sampleShape)")
        }
    }

    /// Gives a network the weights. Every rank calls it; the arenas must be at rest.
    ///
    /// - Throws: `ParameterMismatch` where the weights are not those of such a network.
    func load(into replica: Replica) throws {
        try replica.network.importStatistics(statistics)
        // One copy of the parameters a node: its first rank sets them.
        if replica.isFirstOfNode { try replica.network.importParameters(parameters) }
    }
}
