import Training

extension ComparisonReport {
    /// The report as a page; the plots lie beside it.
    ///
    /// - Parameter command: what makes such a report, in Markdown.
    func markdown(command: String) -> String {
        var page = "# \(comparison.name)\n\n- command: \(command)\n"
        let facts: [(String, [String?])] = [
            ("entrain", provenance.map { $0?.program }), ("machine", provenance.map { $0?.machine }),
            ("hosts", hosts), ("libraries", provenance.map { $0?.libraries }),
            ("date", provenance.map { $0?.date }), ("ranks of a run", ranks.map { "\($0)" }),
        ]
        for (name, values) in facts {
            page += "- \(name): \(Self.distinct(values))\n"
        }
        page += "- seeds: \(Self.list(comparison.seeds))\n"
        if let tuning = comparison.tuning {
            page +=
                "- tuned variations: of the values of a grid the one with the highest mean accuracy at the end of runs with "
                + "\(tuning.seeds.count == 1 ? "the seed" : "the seeds") \(Self.list(tuning.seeds)), on "
                + "\(NumberText.significant(100 * tuning.validation, digits: 3)) % of the training set, held out for that\n"
        }
        for dataSet in dataSets { page += "\n" + section(dataSet) }
        return page + "\n" + Self.explanation
    }

    /// What the runs have, and how many have it where they differ; nil for what was not recorded.
    private static func distinct(_ values: [String?]) -> String {
        var counts: [(value: String?, count: Int)] = []
        for value in values {
            if let index = counts.firstIndex(where: { $0.value == value }) {
                counts[index].count += 1
            } else {
                counts.append((value, 1))
            }
        }
        return counts.map { value, count in
            let text = value ?? "not recorded"
            return counts.count == 1 ? text : "\(text) (\(count) \(count == 1 ? "run" : "runs"))"
        }.joined(separator: "; ")
    }

    private static func list(_ seeds: [UInt64]) -> String {
        seeds.map(String.init).joined(separator: ", ")
    }

    private func section(_ dataSet: DataSetReport) -> String {
        let file = Trial.fileName(for: dataSet.name)
        let reference = dataSet.reference(of: comparison)
        var text = "## \(dataSet.name)\n\n\(verdicts(dataSet))\n\n"
        text += Self.table(
            [
                "variation", "final test \(dataSet.measure), %", "best", "difference to \(reference.name), points", "p",
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
                    "variation", "highest rate", "tuned", "epochs to \(target) %", "seconds to it", "area, %",
                    "seconds a run",
                    "failed",
                ],
                dataSet.variations.map { variation in
                    [
                        variation.name, NumberText.significant(variation.highestRate.mean, digits: 3),
                        variation.tuned ?? "–",
                        Self.reached(variation.epochsToTarget, of: variation.results.count),
                        Self.reached(variation.secondsToTarget, of: variation.results.count),
                        NumberText.fixed(100 * variation.area.mean, digits: 2),
                        NumberText.significant(variation.seconds.mean, digits: 3), "\(variation.failures.count)",
                    ]
                })
        text += "\nEpochs to the mean final \(dataSet.measure) of each variation, on the mean curves:\n\n"
        text += Self.table(
            ["variation", "its final \(dataSet.measure), %", "its own epochs", "epochs of \(reference.name)"],
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
        text += tuningTables(dataSet)
        return text
            + "\n![Test \(dataSet.measure), mutual information and rate over the epochs](curves-\(file).png)\n"
            + "\n![Final test \(dataSet.measure) of every run](final-\(file).png)\n"
    }

    private func verdicts(_ dataSet: DataSetReport) -> String {
        func names(_ verdict: VariationReport.Verdict) -> String {
            let names = dataSet.variations.filter { $0.verdict == verdict }.map(\.name)
            return names.isEmpty ? "none" : names.joined(separator: ", ")
        }
        let text =
            "\(comparison.reference) wins against: \(names(.wins)). No difference shown to: \(names(.undecided)). Loses to: "
            + "\(names(.loses))."
        let seeds = comparison.seeds.count
        guard dataSet.variations.count > 1, seeds < PairedDifference.fewestPairs else { return text }
        let least = NumberText.significant(PairedDifference.leastPValue(ofPairs: seeds), digits: 2)
        return text
            + " \(seeds) \(seeds == 1 ? "seed" : "seeds") cannot show a difference, however large: p is \(least) or more; give "
            + "\(PairedDifference.fewestPairs) or more."
    }

    private static let explanation = """
        Mean ± standard deviation over the seeds. Differences are of final test accuracies between runs with the same seed, \
        with 95 % percentile intervals of 10,000 bootstrap resamples; of few seeds such an interval is too \
        narrow. p: two-sided permutation test that swaps the two of each pair, not corrected for the number of variations; \
        the reference wins or loses where p is below 0.05. A run that failed counts, on either side, with the test accuracy of its last cycle, or with \
        that of guessing where it had none. A run that ended early keeps its last accuracy to the end of the others. \
        Highest rate: of the schedule before it has seen anything, the mean over the seeds. Area: of the curve of test \
        accuracy over the epochs, by its length. Seconds are of the search for the rate, training steps and measuring layers, without \
        evaluations; runs went side by side. Curves are medians over the seeds. In these runs the test set steers no rate and \
        chooses no value of a grid. The defaults of the decay by mutual information are another matter: they were chosen by \
        test accuracies on Fashion-MNIST, MNIST, letter recognition and the embedded digits, so on these sets its figures \
        are what it can reach, not what to expect.

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

    static func table(_ titles: [String], _ rows: [[String]]) -> String {
        ([titles, titles.map { _ in "---" }] + rows)
            .map { "| \($0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ")) |\n" }.joined()
    }
}
