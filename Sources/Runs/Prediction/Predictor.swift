import CKernels
import Datasets
import MPI
import NeuralNetwork
import Settings
import Training

/// Weights that predict the classes of samples without labels.
///
/// A network of its own, for the forward pass alone: neither optimizer nor training data are needed. Belongs to one thread.
public final class Predictor {
    public let model: TrainedModel
    public let communicator: any Communicator
    /// Names of the classes: their numbers where nothing names them; of real targets `value`, or the names of several; of labels their names.
    public let classNames: [String]
    /// Numbers of a sample.
    let featureCount: Int
    let network: Network
    private let parameters: AlignedBuffer
    private let tokens: TokenNumbers?

    /// Samples that go through the network together. The same on any number of ranks, since the batch that a sample is in can
    /// decide how its numbers are rounded.
    public static let batch = 128

    /// Collective.
    ///
    /// - Parameters:
    ///   - path: a run directory or its `model.safetensors`.
    ///   - weights: those of a checkpoint as the training would evaluate them, for which the data of the run are needed; `path` then
    ///     has to be the directory.
    ///   - dataRoot: where the data of the run are; for a checkpoint alone.
    ///   - overrides: keys of `data.csv` for the tables to be predicted, as `data.csv.separator=tab`.
    ///   - precision: what to compute in; nil for what the weights were trained in.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    ///   - additions: components of another package that the weights were trained with.
    /// - Throws: `AgreedError` of what the file or the network lack; `MPIError`.
    public convenience init(
        of path: String, weights: EvaluatedWeights = .final, dataRoot: String? = nil, overrides: [String] = [],
        precision: Configuration.Training.Precision? = nil, emulated: Bool = false,
        additions: [any Component.Type] = [], over communicator: any Communicator
    ) throws {
        var model = try TrainedModel(
            of: path, weights: weights, dataRoot: dataRoot, precision: precision, emulated: emulated,
            additions: additions, over: communicator)
        try communicator.agree { try model.setLook(ofTables: overrides) }
        try self.init(model, path: path, emulated: emulated, over: communicator)
    }

    /// Collective.
    ///
    /// - Parameter path: what the weights are called in errors.
    init(_ model: TrainedModel, path: String, emulated: Bool, over communicator: any Communicator) throws {
        self.model = model
        self.communicator = communicator
        classNames =
            model.meaning.targetNames ?? model.meaning.classNames ?? (0..<model.meaning.classCount).map(String.init)
        featureCount = model.meaning.sampleShape.reduce(1, *)
        let options = try model.configuration.agreedNumerics(emulated: emulated, over: communicator)
        Processor.flushSubnormals()
        (network, parameters) = try communicator.agree {
            let network = try Network(
                try model.configuration.network(for: model.meaning),
                options: options, nominalBatch: Self.batch, maximumBatch: Self.batch, seed: model.configuration.seed)
            let parameters = try AlignedBuffer(claimingFloats: network.layout.count)
            // There is no backward pass to write a gradient.
            network.bind(parameters: parameters.floats, gradient: parameters.floats)
            do {
                try network.importStatistics(model.statistics)
                try network.importParameters(model.parameters)
            } catch let mismatch as ParameterMismatch {
                throw FileError(path: path, problem: "\(mismatch)")
            }
            return (network, parameters)
        }
        tokens = TokenNumbers(of: network.specification)
        try Replica.comparePrimitives(of: network, over: communicator)
        let hash = kernels_hash(parameters.floats.baseAddress!, Int64(network.layout.count))
        try Replica.compare(
            [("weights with the hash", String(hash, radix: 16), "give all ranks the same file")], over: communicator)
    }

    /// Options for reading samples as the weights take them.
    var options: LoadOptions {
        LoadOptions(
            standardization: model.standardization.map { .given($0) } ?? .off, meaning: model.meaning)
    }

    /// Predicts samples in memory, on this rank alone.
    ///
    /// - Parameter features: [N, features] or [N, C, H, W] as files of the training data have them: columns of a table in the order
    ///   of `model.meaning.columns`, bytes of images in 0 ... 255, nothing standardized.
    /// - Throws: `DatasetError` where these are not whole samples or not finite numbers; `OneDNNError`.
    public func predictions(of features: [Float]) throws -> Predictions {
        var reader = try MemorySampleReader(features, options, subject: "samples")
        var all = Predictions(classNames: classNames)
        while let samples = try reader.next(Self.batch) {
            let features = Self.features(of: samples)
            try checkTokens(in: features, first: all.count, subject: "samples")
            all.append(try predictions(ofPresented: features))
        }
        return all
    }

    /// Samples as they are presented, [N, …].
    static func features(of samples: any Dataset) -> [Float] {
        let indices = Array(0..<samples.count)
        var features = [Float](repeating: 0, count: samples.count * samples.featureCount)
        var labels = [Int32](repeating: 0, count: samples.count)
        indices.withUnsafeBufferPointer { indices in
            var spanOfFeatures = features.mutableSpan
            var spanOfLabels = labels.mutableSpan
            samples.copyBatch(Span(_unsafeElements: indices), into: &spanOfFeatures, labels: &spanOfLabels)
        }
        return features
    }

    /// Looks at samples as they are presented, before any rank predicts them.
    ///
    /// - Parameters:
    ///   - first: number of the first sample.
    ///   - subject: the file.
    /// - Throws: where a number is that of no token.
    func checkTokens(in features: [Float], first: Int, subject: String) throws(DatasetError) {
        try tokens?.check(features, sampleSize: featureCount, first: first, subject: subject)
    }

    /// Predicts at most ``batch`` samples as they are presented.
    func predictions(ofPresented features: [Float]) throws -> Predictions {
        let plan = try network.plan(
            batch: features.count / featureCount, mode: .inference)
        _ = plan.input.update(fromContentsOf: features)
        try plan.forward()
        if let scales = model.meaning.targetScales {
            let values = plan.logits.enumerated().map { place, output -> Float in
                guard output.isFinite else { return .nan }
                return model.meaning.hasLabels
                    ? Float(BinaryCrossEntropy.probability(ofLogit: Double(output)))
                    : Float(scales[place % scales.count].value(of: output))
            }
            return Predictions(
                classes: [Int32](repeating: 0, count: plan.batch), probabilities: values, classNames: classNames)
        }
        // Fills the predictions, whatever the labels.
        _ = plan.loss()
        var predictions = Predictions(classes: Array(plan.predictions), classNames: classNames)
        for sample in 0..<plan.batch {
            let logits = plan.logits[sample * plan.classes..<(sample + 1) * plan.classes]
            predictions.probabilities +=
                softmax(logits)?.map { Float($0) } ?? [Float](repeating: .nan, count: plan.classes)
        }
        return predictions
    }
}
