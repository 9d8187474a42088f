import ArgumentParser
import MPI
import NeuralNetwork
import Runs

struct Export: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the network of a run, with standardization and softmax, as an ONNX model.",
        discussion: """
            The model takes samples as they stand in the data, such as bytes of images as numbers from 0 to 255, in batches of \
            any size, and gives the probabilities of the classes, or the target of a regression. Its metadata name classes and columns.
            """)

    @Argument(help: "Run directory or model.safetensors.")
    var run: String

    @Option(help: ArgumentHelp("File to write: a model of operator set 17.", valueName: "file"))
    var onnx: String

    @Option(
        help: ArgumentHelp("Weights of a checkpoint of the run, which takes its data.", valueName: "best|last|step"))
    var checkpoint: EvaluatedWeights.KeptCheckpoint?

    @OptionGroup var data: DataOptions

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let model = try TrainedModel(
            of: run, weights: checkpoint.map(EvaluatedWeights.checkpoint) ?? .final, dataRoot: data.root,
            over: runtime.world)
        try runtime.world.agree {
            guard runtime.isFirst else { return }
            do {
                try ONNXModel(of: model).write(to: onnx)
            } catch let error as SpecificationError {
                throw FileError(path: run, problem: "\(error)")
            }
        }
        let output =
            model.meaning.targetScales.map { scales in
                if model.meaning.hasLabels { return "the labels \(scales.compactMap(\.name).joined(separator: ", "))" }
                return scales.count == 1
                    ? "a target, \(scales[0])" : "the targets \(scales.map(\.description).joined(separator: "; "))"
            } ?? "\(model.meaning.classCount) classes"
        return try runtime.writeResult { "\(onnx): \(model.meaning.layout), \(output)" }
    }
}
