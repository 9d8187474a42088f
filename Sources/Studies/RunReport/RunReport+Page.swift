import Foundation
import LearningRate
import Training

extension RunReport {
    /// The page: HTML, which is XML too.
    public var page: String {
        let title = runs.count == 1 ? "Run \(runs[0].name)" : "\(runs.count) runs"
        let head =
            HTML.element("meta", ["charset": "utf-8"])
            + HTML.element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            + HTML.element("meta", ["name": "color-scheme", "content": "light dark"])
            + HTML.element("title", [:], HTML.text(title)) + HTML.element("style", [:], Self.style)
        let parts = [HTML.element("h1", [:], HTML.text(title)), summary, curves, differences] + runs.map(section)
        let body = parts.joined(separator: "\n") + HTML.element("script", [:], Self.script)
        return "<!DOCTYPE html>\n"
            + HTML.element("html", ["lang": "en"], HTML.element("head", [:], head) + HTML.element("body", [:], body))
            + "\n"
    }

    // MARK: - All runs

    private var summary: String {
        let titles = [
            "run", "epochs", scoreName, "loss", "I(Y;Ŷ), nats", "best \(scoreName)", "at epoch", "first rate",
            "last rate",
            "seconds",
        ]
        let rows = runs.enumerated().map { index, run -> [String] in
            let name = HTML.element("span", ["class": "key color\(index % Self.colorCount)"], "") + HTML.text(run.name)
            guard let last = run.cycles.last else { return [name, "no complete cycle"] }
            let final = run.cycles.ofFinalWeights?.metrics(of: run.mainSet)
            let best = run.cycles.max { score(of: $0, run) < score(of: $1, run) }
            return [
                name, NumberText.significant(last.epoch, digits: 5), NumberText.score(final),
                NumberText.loss(final?.loss),
                final.map { Self.information($0) } ?? "–", NumberText.score(best?.metrics(of: run.mainSet)),
                NumberText.significant(best?.epoch ?? .nan, digits: 5),
                NumberText.significant(run.cycles[0].rate, digits: 4), NumberText.significant(last.rate, digits: 4),
                NumberText.significant(last.seconds, digits: 4),
            ]
        }
        let sets = Set(runs.map { $0.mainSet.rawValue }).sorted().joined(separator: " or ")
        let note = "Scores, loss and information are of the \(sets) set, with the weights that the run ended with."
        return HTML.table(titles, rows, numbers: Set(1..<titles.count)) + HTML.element("p", [:], HTML.text(note))
    }

    private func score(of cycle: CycleMetrics, _ run: ReportedRun) -> Double {
        let score = cycle.metrics(of: run.mainSet)?.score ?? .nan
        return score.isNaN ? -.infinity : score
    }

    /// Where all runs have real targets.
    private var areRegressions: Bool { runs.allSatisfy { $0.configuration.regression != nil } }

    /// The score that runs are compared by.
    private var scoreName: String { areRegressions ? "R²" : "accuracy" }

    static func information(_ metrics: PredictionMetrics) -> String {
        "\(NumberText.fixed(metrics.mutualInformation, digits: 4)) ± \(NumberText.fixed(metrics.standardError, digits: 4))"
    }

    static let colorCount = 8

    private var curves: String {
        func chart(
            _ title: String, isLogarithmic: Bool = false, _ value: (PredictionMetrics) -> (Double, error: Double?)
        ) -> LineChart {
            var chart = LineChart(title: title, isYLogarithmic: isLogarithmic)
            for (index, run) in runs.enumerated() {
                for set in run.sets {
                    let points = run.cycles.compactMap { cycle in
                        cycle.metrics(of: set).map { metrics in
                            LineChart.Point(x: cycle.epoch, y: value(metrics).0, error: value(metrics).error)
                        }
                    }
                    chart.curves.append(
                        LineChart.Curve(
                            name: name(run, set), color: color(index, set), dash: runs.count > 1 ? set.rawValue : "",
                            points: points))
                }
            }
            return chart
        }
        let losses = runs.flatMap(\.cycles).flatMap { [$0.train, $0.validation, $0.test] }.compactMap { $0?.loss }
            .filter { $0.isFinite && $0 > 0 }
        let loss = chart(
            areRegressions ? "Loss" : "Loss (nats)", isLogarithmic: (losses.max() ?? 1) > 5 * (losses.min() ?? 1)
        ) { ($0.loss, nil) }
        let accuracy =
            areRegressions ? chart("R²") { ($0.score, nil) } : chart("Accuracy (%)") { (100 * $0.accuracy, nil) }
        var information = chart("I(Y;Ŷ) ± standard error (nats)") { ($0.mutualInformation, $0.standardError) }
        let entropies = runs.flatMap(\.cycles).compactMap { ($0.test ?? $0.train)?.labelEntropy }.filter(\.isFinite)
        information.ceiling = entropies.max().map { ("H(Y)", $0) }
        var rate = LineChart(title: "Learning rate", isYLogarithmic: true)
        rate.curves = runs.enumerated().map { index, run in
            LineChart.Curve(
                name: run.name, color: runs.count > 1 ? "color\(index % Self.colorCount)" : "plain",
                points: run.cycles.map { LineChart.Point(x: $0.epoch, y: $0.rate) })
        }
        let figures = [loss, accuracy, information, rate].compactMap(\.figure)
        guard !figures.isEmpty else { return "" }
        return HTML.element("h2", [:], "Curves") + legend
            + HTML.element("div", ["class": "charts"], figures.joined())
    }

    /// With one run colours tell the sets, else the runs, and dashes the sets.
    private func color(_ index: Int, _ set: CycleMetric.Samples) -> String {
        runs.count == 1 ? "set-\(set.rawValue)" : "color\(index % Self.colorCount)"
    }

    private func name(_ run: ReportedRun, _ set: CycleMetric.Samples) -> String {
        runs.count == 1 ? set.rawValue : "\(run.name), \(set.rawValue)"
    }

    private var legend: String {
        let sets = CycleMetric.Samples.allCases.filter { set in runs.contains { $0.sets.contains(set) } }
        var entries = sets.map { set in
            let line = HTML.element("line", ["x1": "0", "y1": "6", "x2": "30", "y2": "6", "class": "curve"])
            let style = runs.count == 1 ? "set-\(set.rawValue)" : "plain \(set.rawValue)"
            return HTML.element(
                "svg", ["viewBox": "0 0 30 12", "class": "sample"], HTML.element("g", ["class": style], line))
                + HTML.text(set.rawValue)
        }
        if runs.count > 1 {
            entries += runs.enumerated().map { index, run in
                HTML.element("span", ["class": "key color\(index % Self.colorCount)"], "") + HTML.text(run.name)
            }
        }
        return HTML.element(
            "p", ["class": "legend"],
            entries.map { HTML.element("span", ["class": "entry"], $0) }.joined(separator: " "))
    }

    /// Settings in which runs differ.
    private var differences: String {
        guard runs.count > 1 else { return "" }
        let settings = runs.map { Dictionary(uniqueKeysWithValues: $0.configuration.texts.map { ($0.key, $0.text) }) }
        var keys: [String] = []
        for run in runs { keys += run.configuration.texts.map(\.key).filter { !keys.contains($0) } }
        let rows = keys.filter { key in Set(settings.map { $0[key] }).count > 1 }
            .map { key in [HTML.text(key)] + settings.map { HTML.text($0[key] ?? "–") } }
        let heading = HTML.element("h2", [:], "Settings in which the runs differ")
        guard !rows.isEmpty else { return heading + HTML.element("p", [:], "None.") }
        return heading + HTML.table(["key"] + runs.map { HTML.text($0.name) }, rows)
    }
}
