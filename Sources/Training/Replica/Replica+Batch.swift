import Datasets
import NeuralNetwork

extension Replica {
    /// The divisor of the loss of training samples for its mean: their number, that of their targets, or the sum of their
    /// weights. For the global batch it is the same on every rank, without a message: all have its labels.
    func weight(of samples: Range<Int>) -> Double {
        Double(units(of: samples)) * (objective.classWeights == nil ? Double(objective.lossesPerSample) : 0x1p-24)
    }

    /// The number of training samples, or the sum of their weights in units of 2⁻²⁴ where classes have some.
    ///
    /// - Parameter samples: places in the order of the epoch.
    func units(of samples: Range<Int>) -> Int64 {
        guard let weights = objective.classWeights else { return Int64(samples.count) }
        var sum: Int64 = 0
        for start in stride(from: samples.lowerBound, to: samples.upperBound, by: indices.count) {
            let positions = start..<min(start + indices.count, samples.upperBound)
            var chosen = UnsafeMutableBufferPointer(rebasing: indices[..<positions.count]).mutableSpan
            order.copySamples(at: positions, into: &chosen)
            for place in 0..<positions.count { sum += weights.units(ofClass: training.label(at: indices[place])) }
        }
        return sum
    }

    /// How often this rank goes through the network in a step: once a shard where their number is fixed, else as often as
    /// micro-batches need.
    func passCount(ofStep step: Int) -> Int {
        if shards.isFixed { return shards.own.count }
        return BatchPlan.pieceCount(
            batches.slice(ofStep: step, rank: shards.own.lowerBound).count, atMost: microBatch)
    }

    /// Samples that go through the network together in a step: for each part of the batch, whichever rank has it, its passes.
    package func passSizes(ofStep step: Int) -> [[Int]] {
        (0..<shards.count).map { part in
            let slice = batches.slice(ofStep: step, rank: part)
            let passes = shards.isFixed ? min(slice.count, 1) : BatchPlan.pieceCount(slice.count, atMost: microBatch)
            return (0..<passes).map { BatchPlan.slice(of: slice, rank: $0, ranks: passes).count }
        }
    }

    func samples(ofPass pass: Int, of passes: Int, step: Int) -> Range<Int> {
        if shards.isFixed { return batches.slice(ofStep: step, rank: shards.own.lowerBound + pass) }
        return BatchPlan.slice(
            of: batches.slice(ofStep: step, rank: shards.own.lowerBound), rank: pass, ranks: passes)
    }

    /// Takes part in the synchronised statistics, if any, of the pieces that other ranks have and this one doesn't.
    func joinPasses(after pieces: Int, ofStep step: Int) throws {
        guard synchronizesStatistics else { return }
        let most = BatchPlan.pieceCount(batches.slice(ofStep: step, rank: 0).count, atMost: microBatch)
        for _ in pieces..<most { try network.plan(batch: 1, mode: .training).runWithoutSamples() }
    }

    func load(
        _ positions: Range<Int>, of dataset: any Dataset, in order: GlobalOrder,
        augmentedBy augmenter: Augmenter?, into plan: ExecutionPlan
    ) {
        let chosen = UnsafeMutableBufferPointer(rebasing: indices[..<positions.count])
        var samples = chosen.mutableSpan
        order.copySamples(at: positions, into: &samples)
        var features = plan.input.mutableSpan
        var labels = plan.labels.mutableSpan
        let span = UnsafeBufferPointer(chosen).span
        if let augmenter {
            augmenter.copyBatch(span, of: dataset, epoch: orderEpoch, into: &features, labels: &labels)
        } else {
            dataset.copyBatch(span, into: &features, labels: &labels)
        }
        plan.mixture = augmenter?.mixedLabels.map { LabelMixture(others: $0.others, shares: $0.shares) }
        let outputs = objective.outputs.count
        for position in outputs == 0 ? 0..<0 : chosen.indices {
            for output in 0..<outputs {
                plan.targets[position * outputs + output] = dataset.target(at: chosen[position], output: output)
            }
        }
    }
}
