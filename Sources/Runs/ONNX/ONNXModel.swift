import Datasets
import NeuralNetwork

/// A network as other programs run it: an ONNX model from samples as they stand in the data to the probabilities of the classes.
///
/// Its input `input`, `[N, C, H, W]` or `[N, features]` in float32 with any N, has raw numbers: bytes of images as 0 to 255.
/// Standardization and softmax are within; its output `probabilities` is `[N, classes]`, or `[N, labels]`, or `value`, `[N, targets]`, in the units of real
/// targets. The metadata are those of
/// ``TrainedModel``: names of the classes and columns, the configuration.
public struct ONNXModel: Sendable {
    let graph: ONNXGraph
    let inputShape: [Int]
    /// `probabilities`, or `value` of a regression.
    let output: String
    let outputCount: Int
    /// The input in words.
    let inputMeaning: String
    let metadata: [(key: String, value: String)]

    static let input = "input"

    /// - Throws: a `SpecificationError` or `ConfigurationError` where a layer has no nodes in ONNX, or the tensors are not those of
    ///   the configuration's network.
    public init(of model: TrainedModel) throws {
        let network = try model.configuration.network(for: model.meaning)
        try self.init(
            network, tensors: model.parameters + model.statistics, standardization: model.standardization,
            meaning: model.meaning, metadata: model.descriptiveMetadata)
    }

    /// - Parameters:
    ///   - tensors: parameters and running statistics.
    ///   - standardization: nil where samples are presented without.
    /// - Throws: where a layer has no nodes in ONNX, or the tensors are not those of the network.
    public init(
        _ network: NetworkSpecification, tensors: [Tensor], standardization: Standardization?, meaning: DataMeaning,
        metadata: [String: String] = [:]
    ) throws(SpecificationError) {
        guard [nil, network.inputShape.first].contains(standardization?.mean.count) else {
            throw SpecificationError(
                "expected standardization of \(network.inputShape.first ?? 0) channels or features, found "
                    + "\(standardization?.mean.count ?? 0)")
        }
        var graph = ONNXGraph(tensors: tensors)
        graph.reserve([Self.input, "probabilities", "value"])
        let presented = graph.present(Self.input, by: standardization, meaning: meaning)
        let logits = try graph.add(network, input: presented)
        if meaning.hasLabels {
            output = "probabilities"
            graph.addResult("Sigmoid", [logits], named: output)
        } else if let scales = meaning.targetScales {
            output = "value"
            let shape = scales.count == 1 ? [] : [scales.count]
            let deviations = graph.constant(
                "target.deviation", scales.map { Float($0.standardDeviation) }, shape: shape)
            let means = graph.constant("target.mean", scales.map { Float($0.mean) }, shape: shape)
            let scaled = graph.add("Mul", [logits, deviations], named: "scaled")
            graph.addResult("Add", [scaled, means], named: output)
        } else {
            output = "probabilities"
            graph.addResult("Softmax", [logits], [("axis", .integer(1))], named: output)
        }
        self.graph = graph
        inputShape = network.inputShape
        outputCount = meaning.outputCount
        var columns = meaning.featureNames.map { ": the columns \(NameList($0))" } ?? ""
        if network.columnEmbeddings != nil {
            columns += "; embedded ones as the number of the level in entrain.encoding, from 1, or 0 for none"
        }
        let numbers = DataMeaning.describe(fullScale: meaning.fullScale ?? 1)
        inputMeaning = "\(meaning.layout) behind N, \(numbers)\(columns)"
        self.metadata = metadata.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) }
    }
}

extension ONNXGraph {
    /// Adds the nodes that scale and standardize samples as they stand in the data, and returns the name of what a network takes.
    fileprivate mutating func present(
        _ input: String, by standardization: Standardization?, meaning: DataMeaning
    ) -> String {
        let fullScale = meaning.fullScale ?? 1
        guard let standardization else {
            if fullScale == 1 { return input }
            return add("Div", [input, constant("fullScale", [Float(fullScale)])], named: "scaled")
        }
        // A number a channel or feature.
        let shape = [standardization.mean.count] + meaning.sampleShape.dropFirst().map { _ in 1 }
        let means = standardization.mean.map { $0 * fullScale }
        let deviations = standardization.standardDeviation.map { Float($0 * fullScale) }
        // A mean far from 0 has digits that float32 lacks, which matter where the deviation is small.
        let rest = means.map { Float($0 - Double(Float($0))) }
        var value = add("Sub", [input, constant("mean", means.map { Float($0) }, shape: shape)], named: "centered")
        if zip(rest, deviations).contains(where: { abs($0) > 1e-8 * $1 }) {
            value = add("Sub", [value, constant("mean.rest", rest, shape: shape)], named: "centered")
        }
        return add("Div", [value, constant("deviation", deviations, shape: shape)], named: "standardized")
    }
}
