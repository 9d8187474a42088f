import Foundation
import Training

/// A scaling study as tables and a picture.
public struct ScalingReport {
    public let measurements: [ScalingMeasurement]
    /// What the sum of gradients costs on the ranks that were here.
    public let reduction: ReductionMeasurement
    /// Model of the ranks that were here: what the figures are held against.
    public let local: ScalingModel
    /// Models of the networks that are asked for.
    public let models: [ScalingModel]
    /// Samples of a step, strong.
    public let batch: Int
    /// Cores that a rank uses.
    public let threads: Int

    public init(
        _ measurements: [ScalingMeasurement], reduction: ReductionMeasurement, local: ScalingModel,
        models: [ScalingModel], batch: Int, threads: Int
    ) {
        self.measurements = measurements
        self.reduction = reduction
        self.local = local
        self.models = models
        self.batch = batch
        self.threads = threads
    }

    func of(_ kind: ScalingMeasurement.Kind) -> [ScalingMeasurement] { measurements.filter { $0.kind == kind } }

    func speedUps(_ kind: ScalingMeasurement.Kind) -> [(ranks: Int, speedUp: Double)] {
        let all = of(kind)
        return all.map { ($0.ranks, ScalingLaws.speedUp($0, of: all[0])) }
    }

    /// Samples of a rank, weak.
    var batchOfRank: Int { max(1, of(.weak).first.map { $0.batch / $0.ranks } ?? batch) }

    /// The whole report in Markdown.
    public func markdown(title: String, circumstances: [(String, String)]) -> String {
        var lines = ["# \(title): scaling", ""] + circumstances.map { "- \($0.0): \($0.1)" } + [""]
        for kind in ScalingMeasurement.Kind.allCases { lines += table(kind) }
        lines += [
            "Milliseconds are means over the middle half of the steps, between the quartiles of their time; those of the parts are "
                + "of the first rank. Reduction is what the step is longer by; hidden is what of it "
                + "goes on behind the backward pass. Memory is a rank's own and its share of what its node has one copy of, "
                + "without the program.", "",
            "On one node: \(of(.strong).last!.memory).", "",
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
        lines += modelLines
        for model in models { lines += prediction(model) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func table(_ kind: ScalingMeasurement.Kind) -> [String] {
        let all = of(kind)
        let measuresLayers = all.contains { $0.layers > 0 }
        let columns =
            [
                "ranks", "ms a step (quartiles)", "arithmetic", "data", "reduction", "hidden", "waiting", "update",
                "MI",
            ] + (measuresLayers ? ["MI of layers"] : []) + [
                "MiB a rank", "samples/s", "a core", "speed-up", "efficiency",
            ] + (kind == .strong ? ["serial (Karp–Flatt)"] : []) + ["model / measured"]
        var lines = [
            kind == .strong ? "## Strong: \(batch) samples a step" : "## Weak: \(batchOfRank) samples a rank", "",
            "| " + columns.joined(separator: " | ") + " |", "|" + columns.map { _ in "---|" }.joined(),
        ]
        for (measurement, point) in zip(all, speedUps(kind)) {
            var cells = [
                "\(measurement.ranks)",
                "\(ms(measurement.seconds)) (\(ms(measurement.quantile(0.25)))–\(ms(measurement.quantile(0.75))))",
            ]
            cells += [
                measurement.compute, measurement.data, measurement.reduction, measurement.hidden, measurement.waiting,
                measurement.optimizer, measurement.mutualInformation,
            ].map(ms)
            if measuresLayers { cells.append(ms(measurement.layers)) }
            cells += [
                String(format: "%.1f", Double(measurement.memory.perRank) / 1_048_576),
                String(format: "%.0f", measurement.samplesPerSecond),
                String(format: "%.0f", measurement.samplesPerSecond / Double(measurement.ranks * threads)),
                String(format: "%.2f", point.speedUp),
                String(format: "%.1f %%", 100 * point.speedUp / Double(point.ranks)),
            ]
            if kind == .strong {
                let serial = ScalingLaws.karpFlatt(speedUp: point.speedUp, ranks: point.ranks)
                cells.append(serial.isFinite ? String(format: "%.3f", serial) : "")
            }
            cells.append(String(format: "%.2f", local.ratio(to: measurement)))
            lines.append("| " + cells.joined(separator: " | ") + " |")
        }
        return lines + [""]
    }

    /// What the model is made of, and how good it is where it can be held against something.
    private var modelLines: [String] {
        var lines = ["## The model", ""]
        var text =
            "Made of the steps of one rank, and of what the sum of gradients of \(Int(local.gradientBytes)) bytes costs alone"
        if reduction.node.secondsPerByte > 0 {
            text += String(
                format: ": within a node %.3f ms, and %.1f µs until all its ranks have come as far",
                1e3 * reduction.node.secondsPerByte * local.gradientBytes, 1e6 * reduction.node.synchronization)
        }
        if let network = reduction.network {
            text +=
                "; between \(reduction.nodes) nodes, over one rank of each, "
                + "\(figures(network)): \(network.name)"
        } else {
            text += "; gradients were no messages here, and no network was measured"
        }
        lines += [text + ".", ""]
        func atMost(_ error: Double) -> String {
            percent(error)
                + (error <= Self.errorBound ? "" : ", more than the 15 % it is meant to be within")
        }
        if let error = local.largestErrorOnOneRank(against: measurements) {
            var text = "On the steps of one rank it is off by at most \(atMost(error))."
            if let error = local.largestError(against: measurements) {
                text +=
                    " The steps of more than one rank are no part of it; on them it is off by at most \(atMost(error))."
            }
            lines += [text, ""]
        }
        for warning in warnings { lines += ["**Warning:** \(warning).", ""] }
        return lines
    }

    /// What predictions are meant to be within on numbers of ranks that were measured.
    static let errorBound = 0.15

    /// Numbers of ranks that predictions are made for.
    private static let predictedRanks = stride(from: 0, through: 14, by: 2).map { 1 << $0 }

    private static let sumBound = 0.25
    private static let efficiencyBound = 1.1

    /// Why the figures are not to be trusted, a line each.
    public var warnings: [String] {
        var warnings: [String] = []
        let apart = measurements.filter { !(abs($0.shareOfParts - 1) <= Self.sumBound) }
        if !apart.isEmpty {
            let list = apart.map { one in
                "\(percent(one.shareOfParts)) on \(one.ranks) \(one.ranks == 1 ? "rank" : "ranks") (\(one.kind.rawValue))"
            }
            warnings.append(
                "the parts of a step do not add up to it: \(list.joined(separator: ", ")); the model takes the difference "
                    + "for arithmetic, and may be far off; measure on a machine without other work, with more --steps, or a larger training.batch"
            )
        }
        if let error = local.largestErrorOnOneRank(against: measurements), !(error <= Self.errorBound) {
            warnings.append(
                "the model is off by \(percent(error)) on the steps of one rank that it is made of; measure on a machine without other "
                    + "work, or with more --repetitions")
        }
        if let error = local.largestError(against: measurements), !(error <= Self.errorBound) {
            warnings.append(
                "the model is off by \(percent(error)) on the steps of more ranks than one, that were measured; what it predicts for others "
                    + "may be as far off")
        }
        for model in models {
            let all = ScalingMeasurement.Kind.allCases.flatMap { kind in
                Self.predictedRanks.filter { kind == .weak || $0 <= batch }.map { ranks in
                    (kind, ranks, model.efficiency(kind, ranks: ranks, batch: kind == .strong ? batch : batchOfRank))
                }
            }
            guard let (kind, ranks, share) = all.max(by: { $0.2 < $1.2 }), !(share <= Self.efficiencyBound) else {
                continue
            }
            let update = model.update / model.step(ranks: 1, batch: kind == .strong ? batch : batchOfRank).seconds
            warnings.append(
                "\(model.network.name): an efficiency of \(percent(share)) is predicted on \(ranks) ranks (\(kind.rawValue)): the update, "
                    + "which the ranks of a node share out, is \(percent(update)) of a step of one rank; if it is not, as with a larger "
                    + "training.batch, the prediction says nothing")
        }
        return warnings
    }

    private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

    private func figures(_ network: NetworkModel) -> String {
        String(
            format: "α %.2f µs, %.2f GB/s", network.latency * 1e6,
            network.secondsPerByte > 0 ? 1e-9 / network.secondsPerByte : 0)
    }

    private func prediction(_ model: ScalingModel) -> [String] {
        let each = batchOfRank
        var lines = [
            "## Predicted: \(model.network.name), \(figures(model.network)), \(model.ranksPerNode) ranks a node", "",
            "| ranks | strong, ms | efficiency | weak, ms | efficiency |", "|---|---|---|---|---|",
        ]
        for ranks in Self.predictedRanks {
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
            lines += [sentence(kind, model.limit(kind, batch: batch)), ""]
        }
        return lines
    }

    private func sentence(_ kind: ScalingMeasurement.Kind, _ limit: ScalingModel.Limit?) -> String {
        switch limit {
        case nil: return "\(kind): 80 % or more up to 16,384 ranks."
        case .samples(let ranks):
            return "\(kind): 80 % or more up to one sample a rank; the samples run out at \(ranks) ranks."
        case .efficiency(let ranks, let share, let remedies):
            let moved = remedies.prefix(4).map { "\($0.change) (\(percent($0.share)))" }
            return "\(kind): under 80 % from \(ranks) ranks on (\(percent(share))). "
                + (moved.isEmpty
                    ? "Nothing that was tried would move it." : "What would move it: \(moved.joined(separator: ", ")).")
        }
    }

    private func ms(_ seconds: Double) -> String {
        String(format: seconds < 0.001 ? "%.3f" : "%.2f", 1e3 * seconds)
    }
}
