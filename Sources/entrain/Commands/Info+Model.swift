import ArgumentParser
import Foundation
import NeuralNetwork
import Runs
import Training

extension NetworkSummary {
    /// The layers as a table, then memory.
    var report: String {
        let titles = ["layer", "computed as", "output", "parameters", "multiply-adds", "layout", "primitives"]
        let rows =
            [titles]
            + layers.map { layer in
                [
                    layer.path, layer.summary, "\(layer.outputShape)", layer.parameterCount.grouped,
                    layer.multiplyAdds.grouped, layer.layout, layer.primitives,
                ]
            } + [["", "sum", "", parameterCount.grouped, multiplyAdds.grouped, "", ""]]
        let widths = titles.indices.map { column in rows.map { $0[column].count }.max()! }
        let table = rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                let isNumber = column == 3 || column == 4
                return isNumber ? padding + row[column] : row[column] + padding
            }.joined(separator: "  ").trimmingSuffix { $0 == " " }
        }
        return
            (table + [
                "",
                "multiply-adds: of a sample's forward pass",
                "primitives: forward | backward data | backward weights, then that of the activation's derivative if it is one "
                    + "of its own; without weights forward | backward; – where there is none",
                "activations and gradients of \(batch) samples: \(plannedByteCount.mebibytes) MiB; "
                    + "\(separateByteCount.mebibytes) MiB if none shared memory, \(recomputedByteCount.mebibytes) MiB with "
                    + "training.recompute",
                "activations of an evaluation of \(batch) samples: \(plannedInferenceByteCount.mebibytes) MiB",
                "places of maxima and dropout masks of \(batch) samples: \(keptByteCount.mebibytes) MiB",
                "scratchpad: \(scratchpadByteCount.mebibytes) MiB",
                "parameters: \((parameterCount * 4).mebibytes) MiB a node, and as much for each state of the optimizer and "
                    + "for the gradient of each rank",
                "reorders in a step: \(reorderCount)",
            ]).joined(separator: "\n")
    }
}

extension NetworkSummary.Layer {
    fileprivate var primitives: String {
        if implementations.isEmpty { return "" }
        var passes: [StepLabel.Pass] = [.forward, .backward]
        if implementations[.backwardWeights] != nil {
            passes = [.forward, .backwardData, .backwardWeights]
            if implementations[.backward] != nil { passes.append(.backward) }
        }
        return passes.map { implementations[$0] ?? "–" }.joined(separator: " | ")
    }
}

extension Int {
    fileprivate var grouped: String { NumberText.grouped(Double(self)) }
    fileprivate var mebibytes: String { NumberText.fixed(Double(self) / 0x1p20, digits: 1) }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
        var end = endIndex
        while end > startIndex, isTrimmed(self[index(before: end)]) { end = index(before: end) }
        return String(self[..<end])
    }
}

extension NetworkSummary {
    /// - Parameters:
    ///   - model: a preset or a configuration's path.
    ///   - shape: of a sample, as "C,H,W"; nil for that of the configuration's data, or what the preset was made for.
    ///   - batch: of a rank; nil for what a rank of `ranks` takes through the network at once by the configuration, 64 of a
    ///     preset.
    init(model: String, shape: String?, settings: [String], batch: Int?, ranks: Int, emulated: Bool) throws {
        let isPreset = PresetRegistry.all.names.contains(model)
        guard isPreset || FileManager.default.fileExists(atPath: model) else {
            throw ValidationError(
                "--model: expected one of \(PresetRegistry.all.names.joined(separator: ", ")), or the file of a "
                    + "configuration, found \(model)")
        }
        let given = try shape.map { text in
            let numbers = text.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) ?? 0 }
            guard (1...4).contains(numbers.count), numbers.allSatisfy({ $0 >= 1 }) else {
                throw ValidationError("--shape: expected features, C,L or C,H,W or C,D,H,W, found \(text)")
            }
            return numbers
        }
        let dimensions = given ?? (PresetRegistry.all.type(named: model) as? any Architecture.Type)?.usualShape
        let configuration =
            isPreset
            ? try Configuration(
                yaml: "data: {format: synthetic, synthetic: {shape: \(dimensions!)}}\nmodel: {preset: \(model)}\n",
                name: "--model \(model)", overrides: settings)
            : try Configuration.load(path: model, overrides: settings)
        guard let network = try configuration.network(sampleShape: dimensions) else {
            throw ValidationError(
                "--model \(model): the shape of its samples is known from the data alone; give --shape C,H,W or "
                    + "one number of features")
        }
        let slice = (configuration.training.batch + ranks - 1) / ranks
        let configured = isPreset ? 64 : min(slice, configuration.training.microBatch ?? slice)
        try self.init(network, options: configuration.numerics(emulated: emulated), batch: batch ?? configured)
    }
}
