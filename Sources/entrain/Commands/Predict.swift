import ArgumentParser
import MPI
import Runs

struct Predict: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Predict the classes of samples in files without labels, by the weights of a run.",
        discussion: """
            Columns of a table are found by their names, in any order; others, the label's among them, are passed over. NPY files and \
            files of the format that the weights were trained on are read too, plain or compressed with gzip, xz or zstd.
            """)

    @Argument(help: "Run directory or model.safetensors.")
    var run: String

    @Argument(help: ArgumentHelp("Files of the samples.", valueName: "input"))
    var inputs: [String]

    @Option(
        help: ArgumentHelp(
            "Write a table (.csv), lines of JSON (.jsonl), or the probabilities as an array [N, C] (.npy). (default: -, a table on "
                + "the standard output)", valueName: "file"))
    var output = "-"

    @Option(help: ArgumentHelp("Only the likeliest classes, so many.", valueName: "k"))
    var top: Int?

    @Flag(help: "Write lines of JSON to the standard output.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Weights of a checkpoint of the run, which take the data that it was trained on.",
            valueName: "best|last|step"))
    var checkpoint: EvaluatedWeights.KeptCheckpoint?

    @Option(help: "Compute in f32 or bf16. (default: as in training)")
    var precision: Configuration.Training.Precision?

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "Set a key of data.csv for the tables, which look otherwise than those of the training; repeatable.",
            valueName: "data.csv.key=value"))
    var settings: [String] = []

    @OptionGroup var data: DataOptions
    @OptionGroup var numerics: NumericOptions

    func validate() throws {
        if inputs.isEmpty { throw ValidationError("Missing expected argument '<input> ...'") }
        guard let form else {
            throw ValidationError("--output is - or a name that ends in .csv, .jsonl or .npy; found '\(output)'")
        }
        if form == .npy, top != nil { throw ValidationError("--top goes with .csv and .jsonl, not with .npy") }
        if json, output != "-" { throw ValidationError("--json is for the standard output; name a file .jsonl") }
    }

    /// Nil for an unknown one.
    private var form: PredictionForm? {
        if output == "-" { return json ? .jsonLines(top: top) : .csv(top: top) }
        if output.hasSuffix(".csv") { return .csv(top: top) }
        if output.hasSuffix(".jsonl") { return .jsonLines(top: top) }
        return output.hasSuffix(".npy") ? .npy : nil
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let predictor = try Predictor(
            of: run, weights: checkpoint.map(EvaluatedWeights.checkpoint) ?? .final, dataRoot: data.root,
            overrides: settings, precision: precision, emulated: numerics.emulate, over: runtime.world)
        let prediction = try PredictionRun(
            of: inputs, by: predictor, as: form!, to: output == "-" ? nil : output)
        let logger = runtime.logger()
        for note in prediction.notes { logger.notice("\(note)") }
        for warning in prediction.warnings { logger.warning("\(warning)") }
        if output != "-" { logger.notice("predictions of \(prediction.samples) samples: \(output)") }
        return prediction.isReaderGone ? MPIRuntime.endedByPipe : .success
    }
}
