import Training

extension ComparisonReport.DataSetReport {
    /// Test accuracy, mutual information and rate over the epochs, the means over the seeds, a line a variation.
    func drawCurves(title: String, reference: String, to path: String) -> PlotOutcome {
        let drawn = variations.filter { !$0.finished.isEmpty }
        guard !drawn.isEmpty else { return .failed(path: path, reason: "no run ended well") }
        var script = PlotStyle.preamble
        for (index, variation) in drawn.enumerated() {
            script += PlotStyle.block("$v\(index)", variation.meanRows)
        }
        func plot(_ column: Int, keyed: Bool) -> String {
            // The reference last, above the others.
            let order = drawn.indices.sorted {
                (drawn[$0].name == reference ? 1 : 0, $0) < (drawn[$1].name == reference ? 1 : 0, $1)
            }
            return "plot "
                + order.map { index in
                    let name = Gnuplot.quote(drawn[index].name)
                    return
                        "$v\(index) using 1:\(column) with lines \(PlotStyle.line(index, isEmphasized: drawn[index].name == reference)) "
                        + (keyed ? "title \(name) noenhanced" : "notitle")
                }.joined(separator: ", ") + "\n"
        }
        // What the last half of the curves needs: the first epochs would flatten the rest.
        let late = drawn.flatMap { variation in
            let values = variation.meanRows.map { $0[1] }.filter(\.isFinite)
            return values.suffix((values.count + 1) / 2)
        }
        let (low, high) = (late.min() ?? 0, late.max() ?? 100)
        let room = max(high - low, 0.1)
        let rates = drawn.flatMap { $0.meanRows.map { $0[3] } }.filter { $0.isFinite && $0 > 0 }
        script += """
            set lmargin at screen 0.11
            set rmargin at screen 0.74
            set xrange [0:\(drawn.compactMap { $0.meanRows.last?[0] }.max() ?? 1)]
            set multiplot
            set title \(Gnuplot.quote(title)) noenhanced font ',13' textcolor rgb '#222222'
            set tmargin at screen 0.945
            set bmargin at screen 0.60
            set format x ''
            set ylabel 'test accuracy (%)'
            set yrange [\(low - 0.3 * room):\(high + 0.1 * room)]
            set key at screen 0.765, screen 0.94 left top Left reverse
            \(plot(2, keyed: true))
            unset title
            set key off
            set tmargin at screen 0.57
            set bmargin at screen 0.35
            set ylabel 'I(Y;Ŷ) train (nats)'
            set yrange [*:*]
            \(plot(3, keyed: false))
            set tmargin at screen 0.32
            set bmargin at screen 0.09
            set format x '%g'
            set xlabel 'epoch'
            set ylabel 'rate'
            \(PlotStyle.logarithmicAxis(from: (rates.min() ?? 1e-4) / 1.3, to: (rates.max() ?? 1) * 1.3))
            \(plot(4, keyed: false))
            unset multiplot

            """
        return Gnuplot().draw(script, to: path, width: 860, height: 780)
    }

    /// The final test accuracy of every run, with the means.
    func drawFinal(title: String, reference: String, to path: String) -> PlotOutcome {
        let drawn = variations.filter { !$0.finished.isEmpty }
        guard !drawn.isEmpty else { return .failed(path: path, reason: "no run ended well") }
        var runs: [[Double]] = []
        var means: [[Double]] = []
        var labels: [String] = []
        for (index, variation) in drawn.enumerated() {
            // From the top down, as in the table.
            let row = Double(drawn.count - index)
            runs += variation.finished.compactMap { LearningCurve($0).finalAccuracy }.map { [100 * $0, row] }
            means.append([100 * variation.finalAccuracy.mean, row])
            labels.append("\(Gnuplot.quote(variation.name)) \(row)")
        }
        let ofReference = means[drawn.firstIndex { $0.name == reference } ?? 0][0]
        let script =
            PlotStyle.preamble + PlotStyle.block("$runs", runs) + PlotStyle.block("$means", means) + """
                set title \(Gnuplot.quote(title)) noenhanced font ',13' textcolor rgb '#222222'
                set lmargin at screen 0.27
                set rmargin at screen 0.96
                set xlabel 'final test accuracy (%)'
                set yrange [0.4:\(Double(drawn.count) + 0.6)]
                set ytics (\(labels.joined(separator: ", "))) noenhanced
                set key off
                set arrow from \(ofReference), graph 0 to \(ofReference), graph 1 nohead dashtype 2 linewidth 1 \
                linecolor rgb '\(PlotStyle.muted)' back
                plot $runs using 1:2 with points pointtype 6 pointsize 0.8 linecolor rgb '\(PlotStyle.train)', \
                $means using 1:2 with points pointtype 2 pointsize 1.1 linewidth 2 linecolor rgb '\(PlotStyle.test)'

                """
        return Gnuplot().draw(script, to: path, width: 860, height: 120 + 26 * drawn.count)
    }
}

extension ComparisonReport.VariationReport {
    /// Epoch, test accuracy in percent, mutual information of training in nats, and rate: means over the finished runs.
    fileprivate var meanRows: [[Double]] {
        let runs = finished.map(\.cycles)
        let length = runs.map(\.count).min() ?? 0
        return (0..<length).map { index in
            func mean(_ value: (CycleMetrics) -> Double?) -> Double {
                SampleSummary(runs.compactMap { value($0[index]) }).mean
            }
            return [
                mean(\.epoch), 100 * mean { $0.test?.accuracy }, mean { $0.train?.mutualInformation }, mean(\.rate),
            ]
        }
    }
}

extension PlotStyle {
    /// A line's colour and dashes, told apart by number; the emphasized one is black and wide.
    fileprivate static func line(_ number: Int, isEmphasized: Bool) -> String {
        if isEmphasized { return "linewidth 2.6 linecolor rgb '#000000'" }
        // Okabe and Ito; beyond them, the same in dashes.
        let colors = ["#E69F00", "#56B4E9", "#009E73", "#D55E00", "#0072B2", "#CC79A7", "#999999", "#B8A800"]
        return "linewidth 1.4 linecolor rgb '\(colors[number % colors.count])' dashtype \(1 + number / colors.count)"
    }
}
