import Foundation
import Training

/// A scaling study as tables and a picture.
public struct ScalingReport {
    public let measurements: [ScalingMeasurement]
    /// Of the ranks that were here: what the figures are held against.
    public let local: ScalingModel
    /// Of the networks that are asked for.
    public let models: [ScalingModel]
    /// Samples of a step, strong.
    public let batch: Int

    public init(
        _ measurements: [ScalingMeasurement], local: ScalingModel, models: [ScalingModel], batch: Int
    ) {
        self.measurements = measurements
        self.local = local
        self.models = models
        self.batch = batch
    }

    private func of(_ kind: ScalingMeasurement.Kind) -> [ScalingMeasurement] { measurements.filter { $0.kind == kind } }

    private func speedUps(_ kind: ScalingMeasurement.Kind) -> [(ranks: Int, speedUp: Double)] {
        let all = of(kind)
        return all.map { ($0.ranks, ScalingLaws.speedUp($0, of: all[0])) }
    }

    // MARK: - Text

    /// The whole report in Markdown.
    public func markdown(title: String, circumstances: [(String, String)]) -> String {
        var lines = ["# \(title): scaling", ""] + circumstances.map { "- \($0.0): \($0.1)" } + [""]
        for kind in ScalingMeasurement.Kind.allCases {
            let all = of(kind)
            lines += [
                kind == .strong
                    ? "## Strong: \(batch) samples a step" : "## Weak: \(all[0].batch / all[0].ranks) samples a rank",
                "",
                "| ranks | ms a step (quartiles) | arithmetic | data | reduction | waiting | update | MI | samples/s | a rank | speed-up | efficiency | serial (Karp–Flatt) | model / measured |",
                "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
            ]
            for (measurement, point) in zip(all, speedUps(kind)) {
                let serial = ScalingLaws.karpFlatt(speedUp: point.speedUp, ranks: point.ranks)
                let model = local.step(ranks: measurement.ranks, batch: measurement.batch).seconds
                let cells =
                    [
                        "\(measurement.ranks)",
                        "\(ms(measurement.seconds)) (\(ms(measurement.quantile(0.25)))–\(ms(measurement.quantile(0.75))))",
                    ]
                    + [
                        measurement.compute, measurement.data, measurement.reduction, measurement.waiting,
                        measurement.optimizer, measurement.mutualInformation,
                    ].map(ms) + [
                        String(format: "%.0f", measurement.samplesPerSecond),
                        String(format: "%.0f", measurement.samplesPerSecond / Double(measurement.ranks)),
                        String(format: "%.2f", point.speedUp),
                        String(format: "%.1f %%", 100 * point.speedUp / Double(point.ranks)),
                        serial.isFinite ? String(format: "%.3f", serial) : "",
                        String(format: "%.2f", model / measurement.seconds),
                    ]
                lines.append("| " + cells.joined(separator: " | ") + " |")
            }
            lines.append("")
        }
        lines += [
            "Milliseconds of the parts are means of the first rank; what the reduction hides behind the backward pass is not in "
                + "them.", "",
        ]
        let (amdahl, gustafson) = (ScalingLaws.amdahl(speedUps(.strong)), ScalingLaws.gustafson(speedUps(.weak)))
        if amdahl.isFinite {
            lines += [
                String(
                    format: "Serial fraction: %.4f by Amdahl's law (strong), %.4f by Gustafson's (weak).", amdahl,
                    gustafson),
                "",
            ]
        }
        for model in models { lines += prediction(model) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func prediction(_ model: ScalingModel) -> [String] {
        let each = max(1, of(.weak).first.map { $0.batch / $0.ranks } ?? batch)
        var lines = [
            String(
                format: "## Predicted: %@, α %.2f µs, %.2f GB/s, \(model.ranksPerNode) ranks a node",
                model.network.name,
                model.network.latency * 1e6, 1e-9 / model.network.secondsPerByte), "",
            "| ranks | strong, ms | efficiency | weak, ms | efficiency |", "|---|---|---|---|---|",
        ]
        for exponent in stride(from: 0, through: 14, by: 2) {
            let ranks = 1 << exponent
            lines.append(
                "| \(ranks) | "
                    + (ranks <= batch
                        ? ms(model.step(ranks: ranks, batch: batch).seconds)
                            + String(format: " | %.1f %%", 100 * model.efficiency(.strong, ranks: ranks, batch: batch))
                        : " | ")
                    + " | \(ms(model.step(ranks: ranks, batch: each * ranks).seconds))"
                    + String(format: " | %.1f %% |", 100 * model.efficiency(.weak, ranks: ranks, batch: each)))
        }
        lines.append("")
        for (kind, batch) in [(ScalingMeasurement.Kind.strong, batch), (.weak, each)] {
            if let limit = model.limit(kind, batch: batch) {
                lines.append("\(kind): under 80 % from \(limit.ranks) ranks on. Most is lost to \(limit.advice).")
            } else {
                lines.append("\(kind): above 80 % up to 16,384 ranks.")
            }
            lines.append("")
        }
        return lines
    }

    private func ms(_ seconds: Double) -> String {
        String(format: seconds < 0.001 ? "%.3f" : "%.2f", 1e3 * seconds)
    }

    /// A row a measurement.
    public var csv: String {
        var text =
            "kind,ranks,batch,seconds,compute,data,reduction,waiting,optimizer,mutualInformation,samplesPerSecond\n"
        for one in measurements {
            let numbers = [
                one.seconds, one.compute, one.data, one.reduction, one.waiting, one.optimizer, one.mutualInformation,
                one.samplesPerSecond,
            ]
            text += "\(one.kind.rawValue),\(one.ranks),\(one.batch),\(numbers.map { "\($0)" }.joined(separator: ","))\n"
        }
        return text
    }

    // MARK: - Files

    /// Writes `report.md`, `scaling.csv` and `scaling.png`. To be called by one rank.
    ///
    /// - Returns: a line where there is no picture.
    public func write(
        to directory: String, title: String, circumstances: [(String, String)]
    ) throws -> String? {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
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
        let each = max(1, of(.weak).first.map { $0.batch / $0.ranks } ?? batch)
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
