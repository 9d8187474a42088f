import Datasets
import Foundation
import LearningRate
import Runs
import Training

/// A run as the files of its directory tell it, and the scores of its weights on the test set.
struct ReportedRun {
    let name: String
    let directory: RunDirectory
    let configuration: Configuration
    let cycles: [CycleMetrics]
    let rangeTest: [RangeTestPoint]
    let trials: [RateTrialRow]
    let search: RateSearchRecord?
    var evaluation: Evaluation?
    /// Why there is no evaluation; nil where there is one, or none was wanted.
    var obstacle: String?

    struct Evaluation {
        let report: EvaluationReport
        let worst: [WorstPrediction]
        let meaning: DataMeaning
        /// Where the weights come from.
        let weights: String
    }

    /// Reads the files of a run. To be called by one rank or by all.
    ///
    /// - Throws: a `FileError` or `ConfigurationError` where it is none, or a file is not as a run writes it.
    init(_ path: String, name: String) throws {
        self.name = name
        directory = try RunDirectory.open(at: path)
        configuration = try Configuration.load(path: directory.configuration)
        let hasMetrics = FileManager.default.fileExists(atPath: directory.metrics)
        cycles = hasMetrics ? try MetricsLog.read(path: directory.metrics) : []
        rangeTest = try directory.readRangeTest()
        trials = try directory.readRateTrials()
        search = try directory.readRateSearch()
    }

    /// The last part of each path, or where two are the same, the whole.
    static func names(of paths: [String]) -> [String] {
        let names = paths.map { path in String(path.split(separator: "/").last ?? Substring(path)) }
        return zip(names, paths).map { name, path in names.count { $0 == name } > 1 ? path : name }
    }

    /// The sets that its cycles were measured on.
    var sets: [CycleMetric.Samples] {
        CycleMetric.Samples.allCases.filter { set in cycles.contains { $0.metrics(of: set) != nil } }
    }

    /// The set that runs are compared by: the last one that there is.
    var mainSet: CycleMetric.Samples { sets.last ?? .train }
}

extension CycleMetrics {
    func metrics(of set: CycleMetric.Samples) -> PredictionMetrics? {
        switch set {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }
}
