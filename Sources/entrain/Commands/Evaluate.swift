import ArgumentParser
import Foundation
import InformationTheory
import MPI
import Runs

struct Evaluate: RankCommand {
    static let configuration = CommandConfiguration(
        abstract: "Evaluate the weights of a run on its data: loss, accuracy, mutual information, scores per class.",
        discussion: """
            Columns and classes are found by their names. Of a file that training and test samples were both taken from the \
            rows held out of training are evaluated; of another file in its place, all rows.
            """)

    @Argument(help: "Run directory or model.safetensors.")
    var run: String

    @Option(help: "Samples to evaluate.")
    var on: EvaluationRun.Part = .test

    @Option(
        name: .customLong("test"),
        help: ArgumentHelp(
            "File to evaluate whole (here, or in the data directory), in the place of those of the configuration: a table; repeated, the samples and the labels of "
                + "idx and npy, or the files of cifar10 and cifar100.", valueName: "file"))
    var testFiles: [String] = []

    @Option(help: ArgumentHelp("Weights of a checkpoint of the run.", valueName: "best|last|step"))
    var checkpoint: EvaluatedWeights.KeptCheckpoint?

    @Flag(help: "Print the scores, and the confusion matrix, as a JSON object.")
    var json = false

    @Option(
        help: ArgumentHelp("Write the confusion matrix: counts (.csv) or a picture (.png, .svg).", valueName: "file"))
    var confusion: String?

    @Option(help: "Compute in f32 or bf16. (default: as in training)")
    var precision: Configuration.Training.Precision?

    @OptionGroup var data: DataOptions
    @OptionGroup var numerics: NumericOptions

    func validate() throws {
        if on != .test, !testFiles.isEmpty { throw ValidationError("--test goes with --on test alone") }
        if checkpoint != nil, !testFiles.isEmpty {
            throw ValidationError("--test goes with finished weights alone, not with --checkpoint")
        }
        if let confusion, ![".csv", ".png", ".svg"].contains(where: confusion.hasSuffix) {
            throw ValidationError("--confusion is a name that ends in .csv, .png or .svg; found '\(confusion)'")
        }
    }

    func run(in runtime: MPIRuntime) throws -> ExitStatus {
        let evaluation = try EvaluationRun(
            of: run, weights: checkpoint.map(EvaluatedWeights.checkpoint) ?? .final, on: on, testFiles: testFiles,
            dataRoot: data.root, precision: precision,
            emulated: numerics.emulate, over: runtime.world)
        let logger = runtime.logger()
        if let note = evaluation.note { logger.notice("\(note)") }
        for warning in evaluation.warnings { logger.warning("\(warning)") }
        if let confusion {
            try runtime.world.agree {
                if runtime.isFirst { try evaluation.writeConfusion(to: confusion, title: "\(run), \(on.rawValue) set") }
            }
            logger.notice("confusion matrix: \(confusion)")
        }
        return try runtime.writeResult {
            guard json else { return evaluation.text }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(evaluation.report), as: UTF8.self)
        }
    }
}

extension EvaluationRun.Part: ExpressibleByArgument {}
extension EvaluatedWeights.KeptCheckpoint: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
extension Configuration.Training.Precision: ExpressibleByArgument {}

extension EvaluationRun {
    /// The scores as text: totals, then a line a class.
    fileprivate var text: String {
        let totals: [(String, String)?] = [
            ("samples", "\(confusion.total)"),
            ("loss", metrics.loss.fixed(6) + (metrics.targets == nil ? " nats" : "")),
            metrics.targets.map { ("R²", $0.r2.fixed(6)) } ?? ("accuracy", (100 * metrics.accuracy).fixed(2) + " %"),
            metrics.macroF1.map { ("macro F1", $0.fixed(6)) },
            metrics.targets.map { ("MAE", $0.meanAbsoluteError.significant) },
            metrics.targets.map { ("RMSE", $0.rootMeanSquaredError.significant) },
            ("H(Y)", metrics.labelEntropy.fixed(6) + " nats"),
            ("I(Y;Ŷ)", metrics.mutualInformation.fixed(6) + " ± " + metrics.standardError.fixed(6) + " nats"),
            ("H(Y|Ŷ)/H(Y)", metrics.residual.fixed(6)),
            scores?.topAccuracy.map { ("top-5", (100 * $0).fixed(2) + " %") },
            scores?.areaUnderCurve.map { ("AUC", $0.fixed(6)) },
            scores.map { ("ECE", $0.calibrationError.fixed(6)) },
        ]
        let totalLines = totals.compactMap(\.self).map { "\($0.padded(to: 14))\($1)" }
        // The bins of a target are for the mutual information alone.
        guard metrics.targets == nil || !metrics.outputs.isEmpty else { return totalLines.joined(separator: "\n") }
        let rows = metrics.outputs.isEmpty ? classRows : metrics.macroF1 == nil ? targetRows : labelRows
        let nameWidth = rows.map { $0[0].count }.max()! + 2
        let lines =
            totalLines + [""]
            + rows.map { row in
                row[0].padded(to: nameWidth)
                    + row.dropFirst().map { $0.padded(to: metrics.outputs.isEmpty ? 11 : 13) }.joined()
            }
        return lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "\n")
    }
}

extension EvaluationRun {
    private var classRows: [[String]] {
        [["class", "samples", "precision", "recall", "F1"]]
            + confusion.classScores.enumerated().map { label, scores in
                [
                    classNames[label], "\(scores.samples)", scores.precision().fixed(4), scores.recall().fixed(4),
                    scores.f1().fixed(4),
                ]
            }
    }

    /// Rows of the table of several targets.
    private var targetRows: [[String]] {
        [["target", "R²", "MAE", "RMSE", "I(Y;Ŷ)"]]
            + metrics.outputs.compactMap { output in
                output.scores.map { scores in
                    [
                        output.name, scores.r2.fixed(4), scores.meanAbsoluteError.significant,
                        scores.rootMeanSquaredError.significant, output.mutualInformation.fixed(4),
                    ]
                }
            }
    }

    private var labelRows: [[String]] {
        [["label", "samples", "accuracy", "precision", "recall", "F1", "AUC", "I(Y;Ŷ)"]]
            + metrics.outputs.compactMap { output in
                output.label.map { label in
                    [
                        output.name, "\(label.samples)", output.accuracy.fixed(4), label.precision.fixed(4),
                        label.recall.fixed(4), label.f1.fixed(4), label.areaUnderCurve?.fixed(4) ?? "–",
                        output.mutualInformation.fixed(4),
                    ]
                }
            }
    }
}

extension Double {
    /// Six digits.
    fileprivate var significant: String { String(format: "%.6g", self) }

    fileprivate func fixed(_ digits: Int) -> String {
        String(format: "%.\(digits)f", self)
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(1, width - count))
    }
}
