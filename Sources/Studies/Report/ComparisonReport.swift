import Training

/// What a comparison found, as numbers; written as Markdown, CSV and plots.
public struct ComparisonReport: Sendable {
    public let comparison: Comparison
    public let dataSets: [DataSetReport]
    /// Provenance of all runs, those of tuning among them; nil for what was not recorded.
    let provenance: [Provenance?]
    /// The hosts of all runs, and their ranks.
    let hosts: [String]
    let ranks: [Int]
    /// Whether a run needs files of data.
    public let readsFiles: Bool

    /// One data set's part.
    public struct DataSetReport: Sendable {
        public let name: String
        /// The test accuracy whose epochs and seconds are reported.
        public let targetAccuracy: Double
        /// In the order of the comparison.
        public let variations: [VariationReport]
        /// Outcomes for the variations that were tuned.
        let tuning: [TuningOutcome]

        /// The number that runs are compared by, in words: R² stands in the place of the accuracy where targets are real.
        var measure: String {
            variations.contains { $0.trials.contains { $0.configuration.regression != nil } } ? "R²" : "accuracy"
        }

        /// The one that the others are held against.
        public func reference(of comparison: Comparison) -> VariationReport {
            variations.first { $0.name == comparison.reference }!
        }
    }

    /// A variation's runs on one data set. A run that failed counts with the test accuracy of its last cycle, or of guessing
    /// where it had none; so it does for the reference.
    public struct VariationReport: Sendable {
        public let name: String
        public let finalAccuracy, bestAccuracy, area, seconds: SampleSummary
        /// The highest rate of the schedule, over the seeds.
        public let highestRate: SampleSummary
        /// Runs that reached the target accuracy, and what it took them.
        public let epochsToTarget, secondsToTarget: SampleSummary
        /// Runs that failed, with the first one's reason.
        public let failures: (count: Int, reason: String?)
        /// Final accuracy less that of the reference with the same seed; nil for the reference.
        public let difference: PairedDifference?
        /// The mean over the runs.
        public let curve: LearningCurve
        /// What tuning chose: key and value.
        public let tuned: String?

        let trials: [Trial]
        let results: [TrialResult]
        /// Learning curve of each run, to the end of the longest one on the data set.
        let curves: [LearningCurve]
    }

    init(_ comparison: Comparison, results: [(Trial, TrialResult)], tuning: [TuningOutcome]) {
        self.comparison = comparison
        let all = results.map(\.1) + tuning.flatMap(\.results)
        provenance = all.map(\.provenance)
        hosts = all.map(\.host)
        ranks = all.map(\.ranks)
        readsFiles = results.contains { $0.0.configuration.data.source.hasFiles }
        dataSets = comparison.dataSets.map { dataSet in
            let ofSet = results.filter { $0.0.dataSet == dataSet.name }
            let outcomes = tuning.filter { $0.dataSet == dataSet.name }
            let epochs = ofSet.map(\.1).longestEpochs
            let runs = comparison.variations.map { variation in
                VariationReport.Runs(
                    ofSet.filter { $0.0.variation == variation.name }, to: epochs)
            }
            let reference = zip(comparison.variations, runs).first { $0.0.name == comparison.reference }!.1
            let target =
                comparison.targetAccuracy ?? SampleSummary.median(of: runs.compactMap(\.mean.finalAccuracy))
            return DataSetReport(
                name: dataSet.name, targetAccuracy: target,
                variations: zip(comparison.variations, runs).map { variation, runs in
                    VariationReport(
                        variation.name, runs, target: target,
                        reference: variation.name == comparison.reference ? nil : reference,
                        tuned: outcomes.first { $0.variation == variation.name }.map {
                            "\($0.grid.key) = \($0.grid.texts[$0.chosen])"
                        })
                }, tuning: outcomes)
        }
    }
}

extension ComparisonReport.VariationReport {
    /// What it is made from.
    struct Runs {
        let trials: [Trial]
        let results: [TrialResult]
        let curves: [LearningCurve]
        let mean: LearningCurve

        /// - Parameter epochs: of the longest run of any variation.
        init(_ runs: [(Trial, TrialResult)], to epochs: [Double]) {
            trials = runs.map(\.0)
            results = runs.map(\.1)
            // Cycles may differ in length between variations.
            let own = results.longestEpochs
            let all = own + epochs.filter { $0 > own.last ?? 0 }
            curves = results.map { LearningCurve($0, over: all) }
            mean = LearningCurve(meanOf: curves)
        }
    }

    init(_ name: String, _ runs: Runs, target: Double, reference: Runs?, tuned: String?) {
        self.name = name
        self.tuned = tuned
        (trials, results, curves, curve) = (runs.trials, runs.results, runs.curves, runs.mean)
        finalAccuracy = SampleSummary(curves.compactMap(\.finalAccuracy))
        bestAccuracy = SampleSummary(curves.compactMap(\.bestAccuracy))
        area = SampleSummary(curves.compactMap(\.area))
        seconds = SampleSummary(curves.compactMap(\.points.last?.seconds))
        highestRate = SampleSummary(results.compactMap(\.highestRate))
        let reached = curves.compactMap { $0.reaching(target) }
        epochsToTarget = SampleSummary(reached.map(\.epoch))
        secondsToTarget = SampleSummary(reached.map(\.seconds))
        failures = (results.count { $0.failure != nil }, results.lazy.compactMap(\.failure).first)
        difference = reference.map { reference in
            PairedDifference(
                zip(runs.trials, runs.curves).map { trial, curve in
                    let pair = reference.trials.firstIndex { $0.seed == trial.seed }!
                    return curve.finalAccuracy! - reference.curves[pair].finalAccuracy!
                })
        }
    }

    /// What the difference says of the reference.
    public enum Verdict: String, Sendable {
        case wins
        case undecided = "no difference shown"
        case loses
    }

    /// Verdict on the reference against this variation, by the p value of the difference; nil without one.
    public var verdict: Verdict? {
        guard let difference else { return nil }
        guard difference.isShown else { return .undecided }
        return difference.mean < 0 ? .wins : .loses
    }
}

extension ComparisonReport {
    /// Throws where no run on a data set came to its end.
    public func checkSomethingTrained() throws(ComparisonError) {
        let failed = dataSets.filter { $0.variations.allSatisfy { $0.failures.count == $0.results.count } }
        guard let reason = failed.first?.variations.first?.failures.reason else { return }
        throw .nothingTrained(dataSets: failed.map(\.name), reason: reason)
    }
}

extension [TrialResult] {
    /// The ends of the cycles of the run that has most of them.
    fileprivate var longestEpochs: [Double] {
        self.max { $0.cycles.count < $1.cycles.count }?.cycles.map(\.epoch) ?? []
    }
}
