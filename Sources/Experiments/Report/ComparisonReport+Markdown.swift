import Training

extension ComparisonReport {
    /// The report as a page; the plots lie beside it.
    ///
    /// - Parameter circumstances: what was run where: name and value.
    func markdown(circumstances: [(String, String)]) -> String {
        let seeds = comparison.seeds.map(String.init).joined(separator: ", ")
        var page = "# \(comparison.name)\n\n"
        page += circumstances.map { "- \($0.0): \($0.1)\n" }.joined()
        page += "- seeds: \(seeds); \(ranksPerRun) \(ranksPerRun == 1 ? "rank" : "ranks") a run\n"
        if let tuning = comparison.tuning {
            page +=
                "- tuned variations: of the values of a grid the one with the highest accuracy at the end of a run with the "
                + "seed \(tuning.seed), on \(NumberText.significant(100 * tuning.validation, digits: 3)) % of the training "
                + "set, held out for that\n"
        }
        for dataSet in dataSets { page += "\n" + section(dataSet) }
        return page + "\n" + Self.explanation
    }

    private func section(_ dataSet: DataSetReport) -> String {
        let file = Trial.fileName(for: dataSet.name)
        let reference = dataSet.reference(of: comparison)
        var text = "## \(dataSet.name)\n\n\(verdicts(dataSet))\n\n"
        text += Self.table(
            [
                "variation", "final test accuracy, %", "best", "difference to \(reference.name), points", "p",
                "\(reference.name)",
            ],
            dataSet.variations.map { variation in
                [
                    variation.name, Self.percent(variation.finalAccuracy), Self.percent(variation.bestAccuracy),
                    variation.difference.map(Self.points) ?? "–",
                    variation.difference.map { NumberText.significant($0.pValue, digits: 2) } ?? "–",
                    variation.verdict?.rawValue ?? "–",
                ]
            })
        let target = NumberText.fixed(100 * dataSet.targetAccuracy, digits: 2)
        text +=
            "\n"
            + Self.table(
                [
                    "variation", "first rate", "tuned", "epochs to \(target) %", "seconds to it", "area, %",
                    "seconds a run",
                    "failed",
                ],
                dataSet.variations.map { variation in
                    [
                        variation.name, NumberText.significant(variation.firstRate, digits: 3), variation.tuned ?? "–",
                        Self.reached(variation.epochsToTarget, of: variation.results.count),
                        Self.reached(variation.secondsToTarget, of: variation.results.count),
                        NumberText.fixed(100 * variation.area.mean, digits: 2),
                        NumberText.significant(variation.seconds.mean, digits: 3), "\(variation.failures.count)",
                    ]
                })
        text += "\nEpochs to the mean final accuracy of each variation, on the mean curves:\n\n"
        text += Self.table(
            ["variation", "its final accuracy, %", "its own epochs", "epochs of \(reference.name)"],
            dataSet.variations.compactMap { variation in
                guard variation.name != reference.name, let final = variation.curve.finalAccuracy else { return nil }
                return [
                    variation.name, NumberText.fixed(100 * final, digits: 2),
                    Self.epoch(variation.curve.reaching(final)), Self.epoch(reference.curve.reaching(final)),
                ]
            })
        for variation in dataSet.variations {
            guard let reason = variation.failures.reason else { continue }
            text +=
                "\n\(variation.name) failed in \(variation.failures.count) of \(variation.results.count) runs: \(reason)\n"
        }
        return text
            + "\n![Test accuracy, mutual information and rate over the epochs](curves-\(file).png)\n"
            + "\n![Final test accuracy of every run](final-\(file).png)\n"
    }

    private func verdicts(_ dataSet: DataSetReport) -> String {
        func names(_ verdict: VariationReport.Verdict) -> String {
            let names = dataSet.variations.filter { $0.verdict == verdict }.map(\.name)
            return names.isEmpty ? "none" : names.joined(separator: ", ")
        }
        return "\(comparison.reference) wins against: \(names(.wins)). Ties with: \(names(.ties)). Loses to: "
            + "\(names(.loses))."
    }

    private static let explanation = """
        Mean ± standard deviation over the seeds. Differences are of final test accuracies between runs with the same seed, \
        with 95 % percentile intervals of 10,000 bootstrap resamples; an interval that holds 0 is a tie. Of few seeds such \
        an interval is too narrow. p: two-sided permutation test that swaps the two of each pair, not corrected for the \
        number of variations. Area: of the curve of test accuracy over the epochs, by its length. Seconds are of training \
        steps and range test, without evaluations; runs went side by side. The test set steers and chooses nothing.

        """

    private static func percent(_ summary: SampleSummary) -> String {
        guard summary.count > 0 else { return "–" }
        let mean = NumberText.fixed(100 * summary.mean, digits: 2)
        return summary.count < 2 ? mean : "\(mean) ± \(NumberText.fixed(100 * summary.standardDeviation, digits: 2))"
    }

    private static func points(_ difference: PairedDifference) -> String {
        func signed(_ value: Double) -> String {
            (value >= 0 ? "+" : "") + NumberText.fixed(100 * value, digits: 2)
        }
        return "\(signed(difference.mean)) [\(signed(difference.interval.lowerBound)), "
            + "\(signed(difference.interval.upperBound))]"
    }

    private static func reached(_ summary: SampleSummary, of runs: Int) -> String {
        guard summary.count > 0 else { return "not reached" }
        let mean = NumberText.significant(summary.mean, digits: 3)
        return summary.count == runs ? mean : "\(mean) (\(summary.count) of \(runs) runs)"
    }

    private static func epoch(_ point: LearningCurve.Point?) -> String {
        point.map { NumberText.significant($0.epoch, digits: 3) } ?? "not reached"
    }

    private static func table(_ titles: [String], _ rows: [[String]]) -> String {
        ([titles, titles.map { _ in "---" }] + rows)
            .map { "| \($0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |\n" }.joined()
    }
}
