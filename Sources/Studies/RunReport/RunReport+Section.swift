import Foundation
import LearningRate
import Runs
import Training

extension RunReport {
    // MARK: - One run

    /// How the rate was found and changed, what the weights confuse, and the whole configuration.
    func section(_ run: ReportedRun) -> String {
        let heading = runs.count > 1 ? HTML.element("h2", [:], HTML.text(run.name)) : ""
        var parts = heading + search(run) + decisions(run)
        if let evaluation = run.evaluation {
            parts += confusion(evaluation) + worst(evaluation)
        } else if let obstacle = run.obstacle {
            parts += HTML.element("p", [:], HTML.text("Not evaluated on the test set: \(obstacle)."))
        }
        return parts + HTML.details("Configuration", HTML.element("pre", [:], HTML.text(run.configuration.yaml)))
    }

    private func search(_ run: ReportedRun) -> String {
        guard !run.rangeTest.isEmpty || !run.trials.isEmpty else { return "" }
        var parts = HTML.element("h3", [:], run.trials.isEmpty ? "Range test" : "Trials of rates")
        if let reason = run.search?.reason { parts += HTML.element("p", [:], HTML.text(reason)) }
        if !run.trials.isEmpty { parts += Self.trials(run.trials) }
        if !run.rangeTest.isEmpty {
            var chart = LineChart(
                title: "Loss of the range test (nats)", isXLogarithmic: true, isYLogarithmic: true, xName: "rate")
            chart.curves = [
                LineChart.Curve(
                    name: "loss", color: "plain", points: run.rangeTest.map { LineChart.Point(x: $0.rate, y: $0.loss) },
                    isFaint: true),
                LineChart.Curve(
                    name: "smoothed loss", color: "set-train",
                    points: run.rangeTest.map { LineChart.Point(x: $0.rate, y: $0.smoothedLoss) }),
            ]
            let bounds = [("lower bound", run.search?.minimum), ("upper bound", run.search?.maximum)]
            chart.verticals = bounds.compactMap { name, value in value.map { (name, $0) } }
            parts += HTML.element("div", ["class": "charts"], chart.figure ?? "")
        }
        return parts
    }

    private static func trials(_ trials: [RateTrialRow]) -> String {
        let lowest = trials.compactMap(\.loss).min()
        let most = trials.compactMap(\.mutualInformation).max()
        let rows = trials.map { trial in
            let remarks = [
                trial.loss == nil ? "not finite, or worse than knowing nothing" : nil,
                trial.loss != nil && trial.loss == lowest ? "lowest loss" : nil,
                trial.mutualInformation != nil && trial.mutualInformation == most ? "most information" : nil,
            ]
            return [
                NumberText.significant(trial.rate, digits: 4), NumberText.fixed(trial.loss, digits: 4),
                NumberText.fixed(trial.mutualInformation, digits: 4),
                remarks.compactMap(\.self).joined(separator: ", "),
            ]
        }
        return HTML.table(
            ["rate", "loss, at most that of guessing", "I(Y;Ŷ), nats", "on samples held out"], rows, numbers: [0, 1, 2])
    }

    /// More cycles than this are shown where the rate changed alone.
    private static let mostDecisions = 200

    private func decisions(_ run: ReportedRun) -> String {
        let told = run.cycles.filter { $0.decision != nil }
        guard let first = told.first, told.contains(where: { $0.decision != first.decision }) else {
            guard let decision = told.first?.decision else { return "" }
            return HTML.element("h3", [:], "Decisions of the rate")
                + HTML.element("p", [:], HTML.text("In each of \(told.count) cycles: \(decision)."))
        }
        let isLong = told.count > Self.mostDecisions
        let changed = told.filter { $0.decision?.contains("→") == true }
        let shown = isLong ? Array(changed.prefix(Self.mostDecisions)) : told
        let rows = shown.map { cycle in
            [
                NumberText.significant(cycle.epoch, digits: 5), "\(cycle.step)",
                NumberText.significant(cycle.rate, digits: 4), HTML.text(cycle.decision ?? ""),
            ]
        }
        let table = HTML.table(["epoch", "step", "rate", "what follows"], rows, numbers: [0, 1, 2])
        let count = "\(shown.count) of \(told.count) cycles"
        return HTML.element("h3", [:], "Decisions of the rate")
            + (rows.count > 12 ? HTML.details(isLong ? "Changes of the rate, \(count)" : "All \(count)", table) : table)
    }

    // MARK: - Weights on the test set

    /// More classes than this have no matrix.
    private static let mostClasses = 24
    /// Pairs of classes that are told then.
    private static let mostPairs = 20

    /// Section on the test set for real targets.
    private func scores(_ targets: TargetMetrics, of evaluation: ReportedRun.Evaluation) -> String {
        let report = evaluation.report
        let numbers = [("R²", targets.r2), ("MAE", targets.meanAbsoluteError), ("RMSE", targets.rootMeanSquaredError)]
            .map { "\($0.0) \(NumberText.significant($0.1, digits: 5))" }
        return HTML.element("h3", [:], "Test set")
            + HTML.element(
                "p", [:],
                HTML.text(
                    "\(report.samples) samples, \(evaluation.weights): \(numbers.joined(separator: ", ")), "
                        + "I(Y;Ŷ) of the bins \(Self.information(report.metrics)) nats."))
            + (report.metrics.outputs.isEmpty ? "" : Self.table(of: report.metrics.outputs))
    }

    /// Table of several targets.
    private static func table(of outputs: [OutputMetrics]) -> String {
        HTML.table(
            ["target", "R²", "MAE", "RMSE", "I(Y;Ŷ), nats"],
            outputs.compactMap { output in
                guard let scores = output.scores else { return nil }
                return [HTML.text(output.name)]
                    + [scores.r2, scores.meanAbsoluteError, scores.rootMeanSquaredError, output.mutualInformation]
                    .map { NumberText.significant($0, digits: 5) }
            }, numbers: [1, 2, 3, 4])
    }

    /// Section on the test set for labels.
    private func labels(_ report: EvaluationReport, of evaluation: ReportedRun.Evaluation) -> String {
        let metrics = report.metrics
        return HTML.element("h3", [:], "Test set")
            + HTML.element(
                "p", [:],
                HTML.text(
                    "\(report.samples) samples, \(evaluation.weights): accuracy of the labels "
                        + "\(NumberText.percent(metrics.accuracy)), macro F1 \(NumberText.fixed(metrics.macroF1, digits: 4)), "
                        + "loss \(NumberText.loss(metrics.loss)) nats, I(Y;Ŷ), the sum over the labels, "
                        + "\(Self.information(metrics)) nats."))
            + HTML.table(
                ["label", "samples", "accuracy", "precision", "recall", "F1", "AUC", "I(Y;Ŷ), nats"],
                metrics.outputs.compactMap { output in
                    guard let label = output.label else { return nil }
                    let numbers = [
                        output.accuracy, label.precision, label.recall, label.f1, label.areaUnderCurve ?? .nan,
                        output.mutualInformation,
                    ]
                    return [HTML.text(output.name), "\(label.samples)"]
                        + numbers.map { NumberText.fixed($0, digits: 4) }
                }, numbers: [1, 2, 3, 4, 5, 6, 7])
    }

    private func confusion(_ evaluation: ReportedRun.Evaluation) -> String {
        let report = evaluation.report
        if let targets = report.metrics.targets { return scores(targets, of: evaluation) }
        if !report.metrics.outputs.isEmpty { return labels(report, of: evaluation) }
        let names = report.classes.map { HTML.text($0.name) }
        let hasMatrix = names.count <= Self.mostClasses
        let heading =
            HTML.element("h3", [:], "Confusion on the test set")
            + HTML.element(
                "p", [:],
                HTML.text(
                    "\(report.samples) samples, \(evaluation.weights): accuracy \(NumberText.percent(report.metrics.accuracy)), "
                        + "loss \(NumberText.loss(report.metrics.loss)) nats, I(Y;Ŷ) \(Self.information(report.metrics)) nats. "
                        + (hasMatrix ? "Rows are labels, columns predictions." : "Classes that are confused most:")))
        guard hasMatrix else { return heading + Self.pairs(report) }
        let rows = zip(report.confusion, report.classes).enumerated().map { label, row in
            let sum = max(row.0.reduce(0, +), 1)
            let cells = row.0.enumerated().map { prediction, count in
                let share = Double(count) / Double(sum)
                let color = label == prediction ? "0,158,115" : "213,94,0"
                return HTML.element(
                    "td",
                    [
                        "class": "number",
                        "style": "background:rgba(\(color),\(NumberText.fixed(0.6 * share.squareRoot(), digits: 2)))",
                        "title": "\(row.1.name) as \(report.classes[prediction].name): \(NumberText.percent(share))",
                    ], count == 0 ? "" : "\(count)")
            }
            let scores = [row.1.precision, row.1.recall, row.1.f1].map {
                HTML.element("td", ["class": "number score"], NumberText.fixed($0, digits: 3))
            }
            return HTML.element("tr", [:], HTML.element("th", [:], names[label]) + (cells + scores).joined())
        }
        let head =
            HTML.element("th", [:], "")
            + names.map { HTML.element("th", ["class": "upright"], HTML.element("span", [:], $0)) }.joined()
            + ["precision", "recall", "F1"].map {
                HTML.element("th", ["class": "upright"], HTML.element("span", [:], $0))
            }
            .joined()
        return heading
            + HTML.element(
                "div", ["class": "scroll"],
                HTML.element(
                    "table", ["class": "confusion"],
                    HTML.element("thead", [:], HTML.element("tr", [:], head))
                        + HTML.element("tbody", [:], rows.joined(separator: "\n")))) + "\n"
    }

    /// The pairs confused most, where there are too many classes for a matrix.
    private static func pairs(_ report: EvaluationReport) -> String {
        var pairs: [(label: Int, prediction: Int, count: Int64)] = []
        for (label, row) in report.confusion.enumerated() {
            for (prediction, count) in row.enumerated() where count > 0 && label != prediction {
                pairs.append((label, prediction, count))
            }
        }
        let most = pairs.sorted { $0.count > $1.count }.prefix(mostPairs)
        let rows = most.map { pair in
            [
                HTML.text(report.classes[pair.label].name), HTML.text(report.classes[pair.prediction].name),
                "\(pair.count)", "\(report.classes[pair.label].samples)",
            ]
        }
        return HTML.table(["label", "prediction", "samples", "of the label"], rows, numbers: [2, 3])
    }
}
