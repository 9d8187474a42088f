import Runs
import Training

extension ComparisonReport.DataSetReport {
    /// Test accuracy, mutual information and rate over the epochs, the medians over the seeds, a line a variation.
    func drawCurves(title: String, reference: String, to path: String) -> PlotOutcome {
        let drawn = variations.map { (name: $0.name, rows: $0.medianRows) }.filter { !$0.rows.isEmpty }
        guard !drawn.isEmpty else { return .failed(path: path, reason: "no run came to the end of a cycle") }
        // What the last half of the curves needs: the first epochs would flatten the rest.
        let late = drawn.flatMap { variation in
            let values = variation.rows.map { $0[1] }.filter(\.isFinite)
            return values.suffix((values.count + 1) / 2)
        }
        let usual = SampleSummary.rangeWithoutOutliers(of: late) ?? 0...100
        let room = max(usual.upperBound - usual.lowerBound, 0.1)
        let shown = usual.lowerBound - 0.3 * room...usual.upperBound + 0.1 * room
        let rates = drawn.flatMap { $0.rows.map { $0[3] } }.filter { $0.isFinite && $0 > 0 }
        let highestRate = rates.max() ?? 1
        // A cosine ends eight decades lower, where nothing moves any more.
        let lowestRate = max(rates.min() ?? 1e-4, 1e-5 * highestRate)
        let names = drawn.map { variation in
            variation.name + (shown.contains(variation.rows.last![1]) ? "" : " (off the axis)")
        }
        // Points: of the plots, of a sample of a line, of a letter.
        let width = 660 + 44 + 7 * Double(names.map(\.count).max() ?? 0)
        var script = PlotStyle.preamble
        for (index, variation) in drawn.enumerated() { script += PlotStyle.block("$v\(index)", variation.rows) }
        // The reference last, above the others.
        let order = drawn.indices.sorted {
            (drawn[$0].name == reference ? 1 : 0, $0) < (drawn[$1].name == reference ? 1 : 0, $1)
        }
        func style(_ index: Int) -> String {
            "with lines " + PlotStyle.line(index, isEmphasized: drawn[index].name == reference)
        }
        func plot(_ column: Int) -> String {
            "plot "
                + order.map { "$v\($0) using 1:\(column) \(style($0)) notitle" }.joined(separator: ", ") + "\n"
        }
        let key = order.map { "NaN \(style($0)) title \(Gnuplot.quote(names[$0])) noenhanced" }
        script += """
            set lmargin at screen \(95 / width)
            set rmargin at screen \(636 / width)
            set xrange [0:\(drawn.compactMap { $0.rows.last?[0] }.max() ?? 1)]
            set multiplot
            set tmargin at screen 0.945
            # The key in a plot of the whole height: beside a lower one it would leave out what has no room.
            set bmargin at screen 0.09
            unset border
            unset tics
            set yrange [0:1]
            set key at screen \(652 / width), screen 0.94 left top Left reverse
            plot \(key.joined(separator: ", "))
            \(PlotStyle.preamble)
            set xtics nomirror
            set ytics nomirror
            set key off
            set title \(Gnuplot.quote(title)) noenhanced font ',13' textcolor rgb '#222222'
            set bmargin at screen 0.60
            set format x ''
            set ylabel 'test \(measure) (%)'
            set yrange [\(shown.lowerBound):\(shown.upperBound)]
            \(plot(2))
            unset title
            set tmargin at screen 0.57
            set bmargin at screen 0.35
            set ylabel 'I(Y;Ŷ) train (nats)'
            set yrange [*:*]
            \(plot(3))
            set tmargin at screen 0.32
            set bmargin at screen 0.09
            set format x '%g'
            set xlabel 'epoch'
            set ylabel 'rate'
            \(PlotStyle.logarithmicAxis(from: lowestRate / 1.3, to: highestRate * 1.3))
            \(plot(4))
            unset multiplot

            """
        return Gnuplot().draw(script, to: path, width: Int(width), height: 780)
    }

    /// The final test accuracy of every run, with the medians. Runs far below the others are told at the edge.
    func drawFinal(title: String, reference: String, to path: String) -> PlotOutcome {
        let finals = variations.map { $0.curves.map { 100 * $0.finalAccuracy! } }
        guard let usual = SampleSummary.rangeWithoutOutliers(of: finals.flatMap { $0 }) else {
            return .failed(path: path, reason: "there are no runs")
        }
        let room = max(usual.upperBound - usual.lowerBound, 0.1)
        // Room for what is told at an edge.
        let outer = finals.flatMap { $0 }
        let shown =
            usual.lowerBound - (outer.contains { $0 < usual.lowerBound } ? 0.3 : 0.1) * room...usual.upperBound
            + (outer.contains { $0 > usual.upperBound } ? 0.3 : 0.1) * room
        var (runs, failed, medians): ([[Double]], [[Double]], [[Double]]) = ([], [], [])
        var (labels, notes): ([String], [String]) = ([], [])
        var ofReference = usual.lowerBound
        for (index, (variation, finals)) in zip(variations, finals).enumerated() {
            // From the top down, as in the table.
            let row = Double(variations.count - index)
            for (result, accuracy) in zip(variation.results, finals) where usual.contains(accuracy) {
                if result.failure == nil { runs.append([accuracy, row]) } else { failed.append([accuracy, row]) }
            }
            let median = SampleSummary.median(of: finals)
            if usual.contains(median) { medians.append([median, row]) }
            if variation.name == reference { ofReference = median }
            labels.append("\(Gnuplot.quote(variation.name)) \(row)")
            for (out, place, corner) in [
                (finals.filter { $0 < usual.lowerBound }, "◂ ", "0.01, first \(row) left"),
                (finals.filter { $0 > usual.upperBound }, "▸ ", "0.99, first \(row) right"),
            ] where !out.isEmpty {
                let lowest = NumberText.fixed(out.min(), digits: 1)
                let text = place + (out.count == 1 ? lowest : "\(out.count) from \(lowest)")
                notes.append(
                    "set label \(Gnuplot.quote(text)) at graph \(corner) noenhanced "
                        + "textcolor rgb '\(PlotStyle.train)'\n")
            }
        }
        let names = 40 + 7 * Double(variations.map(\.name.count).max() ?? 0)
        let width = names + 620
        var series = [
            ("$runs", runs, "pointtype 6 pointsize 0.8 linecolor rgb '\(PlotStyle.train)'"),
            ("$failed", failed, "pointtype 8 pointsize 0.9 linecolor rgb '\(PlotStyle.muted)'"),
            ("$medians", medians, "pointtype 2 pointsize 1.1 linewidth 2 linecolor rgb '\(PlotStyle.test)'"),
        ]
        series.removeAll { $0.1.isEmpty }
        let script =
            PlotStyle.preamble + series.map { PlotStyle.block($0.0, $0.1) }.joined() + notes.joined() + """
                set title \(Gnuplot.quote(title)) noenhanced font ',13' textcolor rgb '#222222'
                set lmargin at screen \(names / width)
                set rmargin at screen \((width - 35) / width)
                set xlabel 'final test \(measure) (%), × the median\(failed.isEmpty ? "" : ", △ failed")'
                set xrange [\(shown.lowerBound):\(shown.upperBound)]
                set yrange [0.4:\(Double(variations.count) + 0.6)]
                set ytics (\(labels.joined(separator: ", "))) noenhanced
                set key off
                set arrow from \(ofReference), graph 0 to \(ofReference), graph 1 nohead dashtype 2 linewidth 1 \
                linecolor rgb '\(PlotStyle.muted)' back
                plot \(series.map { "\($0.0) using 1:2 with points \($0.2)" }.joined(separator: ", "))

                """
        return Gnuplot().draw(script, to: path, width: Int(width), height: 120 + 26 * variations.count)
    }
}

extension ComparisonReport.VariationReport {
    /// Epoch, test accuracy in percent, mutual information of training in nats, and rate: medians over the runs, of which one
    /// that ended early stays as it was. Empty where no run came to the end of a cycle.
    fileprivate var medianRows: [[Double]] {
        let runs = results.map(\.cycles).filter { !$0.isEmpty }
        guard let longest = runs.max(by: { $0.count < $1.count }) else { return [] }
        return longest.indices.map { index in
            func median(_ value: (CycleMetrics) -> Double?) -> Double {
                SampleSummary.median(of: runs.compactMap { value($0[min(index, $0.count - 1)]) }.filter(\.isFinite))
            }
            return [
                longest[index].epoch, 100 * median { $0.test?.score }, median { $0.train?.mutualInformation },
                median(\.rate),
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
