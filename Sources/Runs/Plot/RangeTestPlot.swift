import Foundation

/// The picture of a range test: loss over learning rate, with the bounds it found.
public struct RangeTestPlot: Sendable {
    public var title: String
    public var points: [RangeTestPoint]
    /// Nil when the test found none.
    public var bounds: (min: Double, max: Double)?
    /// False of real targets, whose loss has another unit.
    public var isInNats: Bool

    public init(
        title: String, points: [RangeTestPoint], bounds: (min: Double, max: Double)?, isInNats: Bool = true
    ) {
        self.isInNats = isInNats
        self.title = title
        self.points = points
        self.bounds = bounds
    }

    /// Draws to a .png or .svg file with gnuplot.
    public func draw(to path: String) -> PlotOutcome {
        picture(isVector: (path as NSString).pathExtension == "svg").write(to: path)
    }

    package func picture(isVector: Bool = false) -> Picture {
        guard points.contains(where: { $0.loss.isFinite }) else {
            return .failed(reason: "the range test has no finite loss")
        }
        return Gnuplot().picture(script, isVector: isVector, width: 720, height: 400)
    }

    var script: String {
        let rows = points.map { [$0.rate, $0.loss, $0.smoothedLoss] }
        let smoothed = points.map(\.smoothedLoss).filter(\.isFinite)
        // The divergence at the end may be of any height; what matters is below the loss at the beginning.
        let first = smoothed.first ?? 1
        let top = min(max(smoothed.max() ?? first, first) * 1.05, 1.4 * first)
        let raw = points.map(\.loss).filter(\.isFinite).min() ?? 0
        let bottom = max(0, min(raw, smoothed.min() ?? raw) - 0.08 * top)
        var marks = ""
        if let bounds {
            for (name, rate) in [("min", bounds.min), ("max", bounds.max)] {
                marks += """
                    set arrow from \(rate), graph 0 to \(rate), graph 1 nohead dashtype 2 linewidth 1.2 \
                    linecolor rgb '\(PlotStyle.test)' back
                    set label '\(name) \(PlotStyle.text(rate: rate))' at \(rate), graph 0.05 left offset 0.6,0 \
                    textcolor rgb '\(PlotStyle.test)' front

                    """
            }
        }
        return PlotStyle.preamble + PlotStyle.block("$points", rows) + """
            set title \(Gnuplot.quote(title)) noenhanced font ',13' textcolor rgb '#222222'
            set logscale x
            set format x '10^{%T}'
            set xlabel 'learning rate'
            set ylabel 'loss\(isInNats ? " (nats)" : "")' offset 1
            set yrange [\(bottom):\(top)]
            set key top left
            \(marks)
            plot $points using 1:2 with lines linewidth 0.8 linecolor rgb '#A6CBE3' title 'global batch', \
            $points using 1:3 with lines linewidth 2 linecolor rgb '\(PlotStyle.train)' title 'smoothed'

            """
    }
}
