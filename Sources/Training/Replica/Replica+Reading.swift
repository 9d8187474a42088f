import Datasets
import MPI

extension Replica {
    /// The most samples that are announced at once, without those that they are mixed with: three batches, or one of an evaluation.
    var samplesAhead: Int { max(network.maximumBatch, Self.batchesAhead * microBatch) }

    /// Bytes of the samples that are decoded ahead where they stay in their files.
    package func aheadByteCount(of dataset: any Dataset) -> Int {
        guard dataset.readsFiles else { return 0 }
        return samplesAhead * (augmenter?.mixes == true ? 2 : 1) * dataset.featureCount
    }

    /// With the one that is loaded.
    private static let batchesAhead = 3

    /// Announces the samples of a pass of this rank and of those after it, in the order in which they will be loaded.
    func expectSamples(fromPass first: Int, ofStep firstStep: Int, epoch firstEpoch: Int) {
        var (pass, step, epoch, order) = (first, firstStep, firstEpoch, self.order)
        var count = 0
        upcoming.removeAll(keepingCapacity: true)
        while true {
            let passes = passCount(ofStep: step)
            if pass >= passes {
                (pass, step) = (0, step + 1)
                guard step == batches.stepsPerEpoch else { continue }
                (step, epoch) = (0, epoch + 1)
                order = GlobalOrder(seed: seed, epoch: epoch, count: training.count)
                continue
            }
            let samples = self.samples(ofPass: pass, of: passes, step: step)
            guard count == 0 || count + samples.count <= Self.batchesAhead * microBatch else { break }
            let start = upcoming.count
            for position in samples { upcoming.append(order.sample(at: position)) }
            augmenter?.addPartners(ofSamplesFrom: start, to: &upcoming, of: training.count, epoch: epoch)
            count += samples.count
            pass += 1
        }
        upcoming.withUnsafeBufferPointer { training.expect(Span(_unsafeElements: $0)) }
    }

    /// Announces the samples at some positions of an evaluation.
    func expectSamples(_ positions: Range<Int>, of dataset: any Dataset, in order: GlobalOrder) {
        upcoming.removeAll(keepingCapacity: true)
        for position in positions { upcoming.append(order.sample(at: position)) }
        upcoming.withUnsafeBufferPointer { dataset.expect(Span(_unsafeElements: $0)) }
    }

    /// Collective. Ends where a rank could not read a sample of files.
    ///
    /// - Throws: `AgreedError` of a `DatasetError`; `MPIError`.
    func checkReads(of dataset: any Dataset) throws {
        guard dataset.readsFiles else { return }
        try communicator.agree { if let failure = dataset.readFailure { throw failure } }
    }
}
