import Foundation
import MPI
import Runs

/// `entrain report`: what runs came to, side by side, as one page of HTML that needs nothing beside it.
public struct RunReport {
    let runs: [ReportedRun]

    /// Most of the worst predictions that are shown of a run.
    private static let worstCount = 24

    /// Collective. Reads the files of the runs, and evaluates their weights on the test sets, where these can be read.
    ///
    /// - Parameters:
    ///   - paths: run directories.
    ///   - evaluates: false to read no data, and leave out confusion matrices and worst predictions.
    ///   - dataRoot: the directory that relative paths of the data start from.
    ///   - emulated: whether a number format that the processor lacks is computed in other instructions, slowly.
    /// - Throws: `AgreedError` of a path that is no run, or whose files are not as a run writes them; `MPIError`, an error of oneDNN.
    public init(
        of paths: [String], evaluates: Bool = true, dataRoot: String?, emulated: Bool = false,
        over communicator: any Communicator
    ) throws {
        precondition(!paths.isEmpty, "a report is of at least one run")
        var runs = try communicator.agree {
            try zip(paths, ReportedRun.names(of: paths)).map { try ReportedRun($0, name: $1) }
        }
        for index in runs.indices where evaluates {
            let (weights, name) = try communicator.agree { try runs[index].evaluableWeights }
            guard let weights else {
                runs[index].obstacle = "the run has no weights yet"
                continue
            }
            do {
                let evaluation = try EvaluationRun(
                    of: paths[index], weights: weights, on: .test, dataRoot: dataRoot, emulated: emulated,
                    worst: Self.worstCount, over: communicator)
                runs[index].evaluation = ReportedRun.Evaluation(
                    report: evaluation.report, worst: evaluation.worst, meaning: evaluation.model.meaning, weights: name
                )
            } catch let error as AgreedError {
                runs[index].obstacle = "\(error)"
            }
        }
        self.runs = runs
    }

    /// A line for each run without confusion matrix and worst predictions.
    public var notes: [String] {
        runs.compactMap { run in run.obstacle.map { "\(run.name): not evaluated: \($0)" } }
    }

    /// Writes the page; its name never means a part of it. To be called by one rank.
    public func write(to path: String) throws(FileError) {
        let page = page
        try OutputFile.replace(path) { file throws(FileError) in try file.write(page) }
    }
}

extension ReportedRun {
    /// The final weights, or else those of the newest checkpoint; nil where there are none.
    fileprivate var evaluableWeights: (weights: EvaluatedWeights?, name: String) {
        get throws {
            if FileManager.default.fileExists(atPath: directory.model) { return (.final, "final weights") }
            let step = try Checkpoint.steps(in: directory.checkpoints).last
            return (step.map { .checkpoint(.step($0)) }, "weights after step \(step ?? 0), as the run has not ended")
        }
    }
}
