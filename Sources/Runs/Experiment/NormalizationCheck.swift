import NeuralNetwork
import Training

/// A batch normalization whose statistics some step would take over one value a channel: whatever the value, it becomes the
/// layer's bias, and no gradient goes back.
struct NormalizationOfOneValue: Error, Equatable, CustomStringConvertible {
    let layer: String
    /// Samples of the step, over all ranks.
    let batch: Int
    /// Whether the step is the short last one of an epoch.
    let isLast: Bool
    let sampleCount: Int
    let parts: Int
    /// "ranks" or "shards".
    let partName: String
    /// The most samples of a pass; nil where a part of the batch is not cut.
    let microBatch: Int?
    let isSynchronized: Bool

    var description: String {
        var place =
            isLast
            ? "the last step of an epoch (\(sampleCount) samples end with a batch of \(batch))"
            : "a batch of \(batch)"
        if parts > 1 { place += " on \(parts) \(partName)" }
        if let microBatch { place += " in pieces of at most \(microBatch)" }
        var remedies = [
            microBatch != nil ? "raise training.microBatch" : isLast ? "change training.batch" : "raise training.batch"
        ]
        if parts > 1 {
            remedies.append(partName == "ranks" ? "start fewer ranks" : "lower reproducible.shards")
            if !isSynchronized, partName == "ranks" { remedies.append("set synchronized: true in the layer") }
        }
        remedies.append("use layerNormalization")
        return
            "model: batchNormalization (layer \(layer)): expected at least 2 values of each channel in every step, found 1 in "
            + "\(place): it would make the same of every sample; "
            + remedies.dropLast().joined(separator: ", ") + " or \(remedies.last!)"
    }
}

extension Replica {
    /// Throws where a batch normalization of `network` has one value of each channel in one of the first `steps` steps, on any
    /// rank. A pass without samples has no values and does no harm.
    func checkNormalizations(of network: NetworkSpecification, steps: Int) throws {
        let normalizations = try network.normalizations().filter { $0.valuesOfSample == 1 }
        guard !normalizations.isEmpty else { return }
        let last = batches.stepsPerEpoch - 1
        // All steps of an epoch but the last have as many samples.
        for step in last > 0 && steps > last ? [0, last] : [0] {
            let sizes = passSizes(ofStep: step)
            for normalization in normalizations {
                let isSynchronized = normalization.isSynchronized && communicator.size > 1
                let fewest =
                    isSynchronized
                    ? (0..<(sizes.map(\.count).max() ?? 0)).map { pass in
                        sizes.reduce(0) { $0 + (pass < $1.count ? $1[pass] : 0) }
                    }.min() : sizes.joined().min()
                guard fewest == 1 else { continue }
                let batch = batches.batch(ofStep: step).count
                throw NormalizationOfOneValue(
                    layer: normalization.layer, batch: batch, isLast: step > 0 && batch < batches.globalBatch,
                    sampleCount: batches.sampleCount, parts: shards.count,
                    partName: shards.isFixed ? "shards" : "ranks",
                    microBatch: sizes.contains { $0.count > 1 } ? microBatch : nil, isSynchronized: isSynchronized)
            }
        }
    }
}

extension Experiment {
    /// Collective. Refuses what a training could not learn anything from.
    ///
    /// - Throws: `AgreedError` of `NormalizationOfOneValue`; `MPIError`.
    public func checkTraining() throws {
        try replica.communicator.agree {
            let network = try configuration.network(for: data.meaning)
            try replica.checkNormalizations(of: network, steps: stepsOfTraining)
        }
    }
}
