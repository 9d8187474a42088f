import Foundation
import LearningRate
import Training

/// The picture of a run: loss, mutual information below its ceiling H(Y), and learning rate, over the epochs; where layers
/// have rates of their own, what each knows and its rate.
public struct TrainingPlot: Sendable {
    public var title: String
    public var metrics: [CycleMetrics]

    public init(title: String, metrics: [CycleMetrics]) {
        self.title = title
        self.metrics = metrics
    }

    /// Draws to a .png or .svg file with gnuplot.
    public func draw(to path: String) -> PlotOutcome {
        draw(to: path, with: Gnuplot())
    }

    package func draw(to path: String, with gnuplot: Gnuplot) -> PlotOutcome {
        picture(isVector: (path as NSString).pathExtension == "svg", with: gnuplot).write(to: path)
    }

    package func picture(isVector: Bool = false, with gnuplot: Gnuplot = Gnuplot()) -> Picture {
        guard !metrics.isEmpty else { return .failed(reason: "the run has no complete cycle") }
        guard !series.isEmpty else { return .failed(reason: "the run has no measured predictions") }
        return gnuplot.picture(script, isVector: isVector, width: 720, height: Int(height))
    }

    private struct Series {
        var name: String
        var color: String
        /// Columns of epoch, loss, mutual information, standard error and label entropy.
        var block: String
        var values: [PredictionMetrics]
        var rows: [[Double]]
    }

    private var series: [Series] {
        func series(_ name: String, _ color: String, _ part: (CycleMetrics) -> PredictionMetrics?) -> Series? {
            let present = metrics.compactMap { cycle in part(cycle).map { (cycle.epoch, $0) } }
            guard !present.isEmpty else { return nil }
            let rows = present.map { [$0, $1.loss, $1.mutualInformation, $1.standardError, $1.labelEntropy] }
            return Series(name: name, color: color, block: "$\(name)", values: present.map(\.1), rows: rows)
        }
        return [
            series("train", PlotStyle.train, \.train), series("validation", PlotStyle.validation, \.validation),
            series("test", PlotStyle.test, \.test),
        ].compactMap { $0 }
    }

    var script: String {
        let series = self.series
        var script = PlotStyle.preamble
        for one in series { script += PlotStyle.block(one.block, one.rows) }
        for layer in layers { script += PlotStyle.block(layer.block, layer.rows) }
        script += PlotStyle.block("$rate", metrics.map { [$0.epoch, $0.rate] })
        script += """
            set lmargin at screen 0.13
            set rmargin at screen 0.975
            set xrange [0:\(1.012 * lastEpoch)]
            set multiplot

            """
        script += lossPanel(series) + informationPanel(series)
        if hasLayerInformation { script += layerPanel }
        script += ratePanel
        return script + "unset multiplot\n"
    }

    // MARK: - Panels, one below the other

    private var panelCount: Int { hasLayerInformation ? 4 : 3 }
    private static let (margin, panel, gap, foot) = (43.0, 210.0, 23.0, 59.0)

    /// In points.
    private var height: Double {
        Self.margin + Double(panelCount) * Self.panel + Double(panelCount - 1) * Self.gap + Self.foot
    }

    /// Where the panel with this number lies, counted from the top.
    private func place(_ panel: Int) -> String {
        let top = height - Self.margin - Double(panel) * (Self.panel + Self.gap)
        return """
            set tmargin at screen \(top / height)
            set bmargin at screen \((top - Self.panel) / height)
            """
    }

    private var lastEpoch: Double { metrics.last?.epoch ?? 1 }

    /// Points mark the cycles while they are few enough to be told apart.
    private var lines: String {
        metrics.count <= 40 ? "linespoints pointtype 7 pointsize 0.5 linewidth 1.6" : "lines linewidth 1.6"
    }

    private func lossPanel(_ series: [Series]) -> String {
        let losses = series.flatMap(\.values).map(\.loss).filter { $0.isFinite && $0 > 0 }
        let (low, high) = (losses.min() ?? 1, losses.max() ?? 1)
        let scale = high > 5 * low ? PlotStyle.logarithmicAxis(from: low / 1.15, to: high * 1.15) : ""
        let curves = series.map { "\($0.block) using 1:2 with \(lines) linecolor rgb '\($0.color)' title '\($0.name)'" }
        return """
            set title \(Gnuplot.quote(title)) noenhanced font ',13' textcolor rgb '#222222'
            \(place(0))
            set format x ''
            set ylabel '\(series[0].values[0].targets == nil ? "loss (nats)" : "loss")' offset 0.3
            \(scale)
            set key top right
            plot \(curves.joined(separator: ", "))
            unset title
            unset logscale y
            set ytics autofreq
            set yrange [*:*]

            """
    }

    private func informationPanel(_ series: [Series]) -> String {
        let ceiling = series.flatMap(\.values).map(\.labelEntropy).filter(\.isFinite).max() ?? 1
        let bands = series.map {
            "\($0.block) using 1:($3-$4):($3+$4) with filledcurves linecolor rgb '\($0.color)' "
                + "fillstyle transparent solid 0.25 noborder notitle"
        }
        let curves = series.map { "\($0.block) using 1:3 with \(lines) linecolor rgb '\($0.color)' title '\($0.name)'" }
        // Test and training sets have almost the same entropy; one line, over the whole width, is the ceiling.
        let entropy = "\(ceiling) with lines linecolor rgb '\(PlotStyle.muted)' dashtype 2 linewidth 1.2 title 'H(Y)'"
        // The curves crowd below the ceiling, so the axis begins at what they need, not at 0.
        let low = series.flatMap(\.values).map { $0.mutualInformation - $0.standardError }.filter(\.isFinite).min() ?? 0
        let bottom = max(0, low - 0.08 * (ceiling - low))
        return """
            \(place(1))
            set ylabel 'I(Y;Ŷ) ± standard error (nats)' offset 0.3
            set yrange [\(bottom):\(ceiling + 0.06 * max(ceiling - bottom, 1e-3))]
            set key bottom right
            plot \((bands + [entropy] + curves).joined(separator: ", "))
            set yrange [*:*]

            """
    }

    private var ratePanel: String {
        let rates = (metrics.map(\.rate) + layers.flatMap { $0.rows.map { $0[1] } }).filter { $0.isFinite && $0 > 0 }
        let (low, high) = (rates.min() ?? 0.1, rates.max() ?? 1)
        // A rate that hardly changes shall look like it.
        let margin = high < 3 * low ? 3 : 1.3
        return """
            \(place(panelCount - 1))
            set format x '%g'
            set xlabel 'epoch' offset 0,0.4
            set ylabel 'learning rate' offset 0.3
            \(PlotStyle.logarithmicAxis(from: low / margin, to: high * margin))
            \(layers.isEmpty ? "unset key" : "set key bottom left")
            plot \(rateCurves)

            """
    }

    private var rateCurves: String {
        guard !layers.isEmpty else { return "$rate using 1:2 with \(lines) linecolor rgb '#444444' notitle" }
        let layers = self.layers
        return layers.enumerated().map { index, layer in
            let isNamed = layers.count <= Self.mostNamed || index == 0 || index == layers.count - 1
            let title = isNamed ? "title \(Gnuplot.quote("layer \(layer.name)")) noenhanced" : "notitle"
            return "\(layer.block) using 1:2 with \(lines) linecolor rgb '\(layer.color)' \(title)"
        }
        .joined(separator: ", ")
    }

    // MARK: - Layers with rates of their own

    private struct Layer {
        var name: String
        var color: String
        var block: String
        /// Columns of epoch, rate, mutual information and standard error.
        var rows: [[Double]]
    }

    /// From the input, dark, to the output, light.
    private var layers: [Layer] {
        let names = metrics.last?.layers?.map(\.layer) ?? []
        return names.indices.map { index in
            let rows = metrics.compactMap { cycle in
                cycle.layers.map {
                    [cycle.epoch, $0[index].rate, $0[index].mutualInformation, $0[index].standardError]
                }
            }
            return Layer(
                name: names[index],
                color: PlotStyle.shade(names.count == 1 ? 0 : Double(index) / Double(names.count - 1)),
                block: "$layer\(index)", rows: rows)
        }
    }

    private var hasLayerInformation: Bool {
        layers.contains { $0.rows.contains { $0[2].isFinite } }
    }

    /// A key has room for so many layers.
    private static let mostNamed = 10

    private var layerPanel: String {
        let layers = self.layers
        let bands = layers.map {
            "\($0.block) using 1:($3-$4):($3+$4) with filledcurves linecolor rgb '\($0.color)' "
                + "fillstyle transparent solid 0.2 noborder notitle"
        }
        // The key is in the panel of the rates, which has room for it.
        let curves = layers.map { "\($0.block) using 1:3 with \(lines) linecolor rgb '\($0.color)' notitle" }
        return """
            \(place(2))
            set ylabel 'I(Y;T) of layers, at least (nats)' offset 0.3
            unset key
            plot \((bands + curves).joined(separator: ", "))

            """
    }
}
