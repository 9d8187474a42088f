import Foundation
import Runs

extension ScalingReport {
    /// A row a measurement.
    public var csv: String {
        var text =
            "kind,ranks,batch,seconds,compute,data,reduction,waiting,optimizer,mutualInformation,samplesPerSecond,hidden,"
            + "memoryBytes,model,layers\n"
        for one in measurements {
            let numbers = [
                one.seconds, one.compute, one.data, one.reduction, one.waiting, one.optimizer, one.mutualInformation,
                one.samplesPerSecond, one.hidden, Double(one.memory.perRank), local.ratio(to: one),
                one.layers,
            ]
            text += "\(one.kind.rawValue),\(one.ranks),\(one.batch),\(numbers.map { "\($0)" }.joined(separator: ","))\n"
        }
        return text
    }

    /// Writes `report.md`, `scaling.csv` and `scaling.png`. To be called by one rank.
    ///
    /// - Returns: a line where there is no picture.
    public func write(
        to directory: String, title: String, circumstances: [(String, String)]
    ) throws -> String? {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        OutputFile.removeLeftovers(in: directory)
        for (name, text) in [("report.md", markdown(title: title, circumstances: circumstances)), ("scaling.csv", csv)]
        {
            try OutputFile.replace("\(directory)/\(name)") { file throws(FileError) in try file.write(text) }
        }
        let outcome = draw(title: title, to: "\(directory)/scaling.png")
        if case .written = outcome { return nil }
        return outcome.message
    }

    private func draw(title: String, to path: String) -> PlotOutcome {
        let ranks = (0...14).map { 1 << $0 }
        let each = batchOfRank
        var script = PlotStyle.preamble
        var curves: [String] = []
        for (number, model) in models.enumerated() {
            for (kind, dash) in [(ScalingMeasurement.Kind.strong, 1), (.weak, 2)] {
                let rows = ranks.filter { kind == .weak || $0 <= batch }.map { ranks in
                    [
                        Double(ranks),
                        100 * model.efficiency(kind, ranks: ranks, batch: kind == .strong ? batch : each),
                    ]
                }
                let block = "$m\(number)\(kind.rawValue)"
                script += PlotStyle.block(block, rows)
                let colors = [PlotStyle.train, PlotStyle.test, PlotStyle.validation, PlotStyle.muted]
                let name = Gnuplot.quote("\(model.network.name), \(kind.rawValue)")
                curves.append(
                    "\(block) using 1:2 with lines linewidth 1.6 dashtype \(dash) linecolor rgb "
                        + "'\(colors[number % colors.count])' title \(name) noenhanced")
            }
        }
        for (kind, shape) in [(ScalingMeasurement.Kind.strong, 7), (.weak, 5)] {
            let rows = speedUps(kind).map { [Double($0.ranks), 100 * $0.speedUp / Double($0.ranks)] }
            script += PlotStyle.block("$d\(kind.rawValue)", rows)
            curves.append(
                "$d\(kind.rawValue) using 1:2 with points pointtype \(shape) pointsize 1 linecolor rgb '#000000' title "
                    + "'measured, \(kind.rawValue)'")
        }
        script += """
            set title \(Gnuplot.quote("\(title): efficiency")) noenhanced font ',13' textcolor rgb '#222222'
            set logscale x 2
            set xrange [0.9:20000]
            set yrange [0:110]
            set xlabel 'ranks'
            set ylabel 'efficiency (%)'
            set key outside right top
            plot \(curves.joined(separator: ", "))

            """
        return Gnuplot().draw(script, to: path, width: 860, height: 460)
    }
}
