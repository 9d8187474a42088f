import Training

/// What a comparison found, as numbers; written as Markdown, CSV and plots.
public struct ComparisonReport: Sendable {
    public let comparison: Comparison
    public let dataSets: [DataSetReport]
    let ranksPerRun: Int
    /// The hosts that ran the trials.
    let hosts: [String]

    /// One data set's part.
    public struct DataSetReport: Sendable {
        public let name: String
        /// The test accuracy whose epochs and seconds are reported.
        public let targetAccuracy: Double
        /// In the order of the comparison.
        public let variations: [VariationReport]

        /// The one that the others are held against.
        public func reference(of comparison: Comparison) -> VariationReport {
            variations.first { $0.name == comparison.reference }!
        }
    }

    /// A variation's runs on one data set.
    public struct VariationReport: Sendable {
        public let name: String
        /// Of the runs that did not fail.
        public let finalAccuracy, bestAccuracy, area, seconds: SampleSummary
        /// The rate of the first steps, its mean over the seeds.
        public let firstRate: Double
        /// Runs that reached the target accuracy, and what it took them.
        public let epochsToTarget, secondsToTarget: SampleSummary
        /// Runs that failed, with the first one's reason.
        public let failures: (count: Int, reason: String?)
        /// Final accuracy less that of the reference with the same seed; nil for the reference and where no seed has both.
        public let difference: PairedDifference?
        /// The mean over the runs that did not fail.
        public let curve: LearningCurve
        /// What tuning chose: key and value.
        public let tuned: String?

        let trials: [Trial]
        let results: [TrialResult]

        var finished: [TrialResult] { results.filter { $0.failure == nil } }
    }

    init(
        _ comparison: Comparison, results: [(Trial, TrialResult)], choice: [String: Int], ranksPerRun: Int
    ) {
        self.comparison = comparison
        self.ranksPerRun = ranksPerRun
        hosts = Set(results.map(\.1.host)).sorted()
        dataSets = comparison.dataSets.map { dataSet in
            let ofSet = results.filter { $0.0.dataSet == dataSet.name }
            let curves = comparison.variations.map { variation in
                LearningCurve(
                    meanOf: ofSet.filter { $0.0.variation == variation.name && $0.1.failure == nil }
                        .map { LearningCurve($0.1) })
            }
            let target =
                comparison.targetAccuracy ?? SampleSummary.median(of: curves.compactMap(\.finalAccuracy))
            let reference = ofSet.filter { $0.0.variation == comparison.reference }
            return DataSetReport(
                name: dataSet.name, targetAccuracy: target,
                variations: zip(comparison.variations, curves).map { variation, curve in
                    VariationReport(
                        variation, of: ofSet.filter { $0.0.variation == variation.name }, curve: curve, target: target,
                        reference: variation.name == comparison.reference ? nil : reference,
                        tuned: variation.grid.map { $0.text(choice["\(dataSet.name)\n\(variation.name)"] ?? 0) })
                })
        }
    }
}

extension ComparisonReport.VariationReport {
    init(
        _ variation: Comparison.Variation, of runs: [(Trial, TrialResult)], curve: LearningCurve, target: Double,
        reference: [(Trial, TrialResult)]?, tuned: String?
    ) {
        name = variation.name
        self.tuned = tuned
        self.curve = curve
        trials = runs.map(\.0)
        results = runs.map(\.1)
        let finished = runs.filter { $0.1.failure == nil }
        let curves = finished.map { LearningCurve($0.1) }
        finalAccuracy = SampleSummary(curves.compactMap(\.finalAccuracy))
        bestAccuracy = SampleSummary(curves.compactMap(\.bestAccuracy))
        area = SampleSummary(curves.compactMap(\.area))
        seconds = SampleSummary(curves.compactMap(\.points.last?.seconds))
        firstRate = SampleSummary(finished.compactMap(\.1.cycles.first?.rate)).mean
        let reached = curves.compactMap { $0.reaching(target) }
        epochsToTarget = SampleSummary(reached.map(\.epoch))
        secondsToTarget = SampleSummary(reached.map(\.seconds))
        failures = (runs.count - finished.count, runs.lazy.compactMap(\.1.failure).first)
        let differences = finished.compactMap { trial, result -> Double? in
            guard let other = reference?.first(where: { $0.0.seed == trial.seed })?.1, other.failure == nil,
                let own = LearningCurve(result).finalAccuracy, let theirs = LearningCurve(other).finalAccuracy
            else { return nil }
            return own - theirs
        }
        difference = differences.isEmpty ? nil : PairedDifference(differences)
    }

    /// What the difference says of the reference.
    public enum Verdict: String, Sendable {
        case wins, ties, loses
    }

    /// Whether the reference wins against this variation: by the interval of the difference, on one side of 0 or across it.
    public var verdict: Verdict? {
        guard let difference else { return failures.count > 0 ? .wins : nil }
        if difference.interval.upperBound < 0 { return .wins }
        return difference.interval.lowerBound > 0 ? .loses : .ties
    }
}

extension Comparison.Grid {
    fileprivate func text(_ value: Int) -> String {
        "\(path.joined(separator: ".")) = \(values[value].found)"
    }
}
