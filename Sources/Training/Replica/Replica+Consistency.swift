import CKernels
import DataParallel
import Datasets
import LearningRate
import MPI
import NeuralNetwork

extension Replica {
    /// Collective. Ends the training where ranks have come apart: in the rates, or nodes in the bits of the parameters. It
    /// costs one pass over the parameters.
    ///
    /// - Throws: an `AgreedError` of `TrainingError.unlikeRanks`.
    func checkConsistency(_ rates: LayerRates, step: Int) throws {
        guard communicator.size > 1 else { return }
        let advice =
            "after step \(step); memory or a message was damaged, or the processors round differently; the last checkpoint "
            + "is from before"
        let bits: [UInt64] =
            switch rates {
            case .uniform(let rate): [rate.bitPattern]
            case .perLayer(let rates): rates.map(\.bitPattern)
            }
        try Self.compare(
            [
                ("rate", bits.map { String($0, radix: 16) }.joined(separator: " "), advice),
                ("parameters with the hash", String(update.parameterHash, radix: 16), advice),
            ], over: communicator)
    }

    /// Collective. Holds what an experiment is on each rank against rank 0.
    ///
    /// - Throws: an `AgreedError` of `TrainingError.unlikeRanks`.
    package static func compare(
        _ texts: [(what: String, value: String, advice: String)], over communicator: any Communicator
    ) throws {
        if let difference = try communicator.firstDifference(in: texts) {
            throw AgreedError(everywhere: TrainingError.unlikeRanks(difference))
        }
    }
}

extension Dataset {
    /// Tells a data set from others: shapes, and the bits of all samples, or of up to 4,096 that are spread over it where they
    /// are computed from the configuration, or more than 2³² numbers, which may be in no memory.
    package var digest: String {
        let samples = isStored && count <= (1 << 32) / featureCount ? count : min(count, 4096)
        let piece = 64
        let features = AlignedBuffer(floats: piece * featureCount)
        defer { withExtendedLifetime(features) {} }
        var hash: UInt64 = 0
        for start in stride(from: 0, to: samples, by: piece) {
            let positions = start..<min(start + piece, samples)
            let indices = positions.map { $0 * count / samples }
            var labels = [Int32](repeating: 0, count: indices.count)
            let part = UnsafeMutableBufferPointer(rebasing: features.floats[..<(indices.count * featureCount)])
            indices.withUnsafeBufferPointer { indices in
                var features = part.mutableSpan
                var labels = labels.mutableSpan
                copyBatch(Span(_unsafeElements: indices), into: &features, labels: &labels)
            }
            hash = (hash ^ kernels_hash(part.baseAddress, Int64(part.count))) &* 0x100_0000_01B3
            for label in labels { hash = (hash ^ UInt64(UInt32(bitPattern: label))) &* 0x100_0000_01B3 }
        }
        for index in targetScales.isEmpty ? 0..<0 : 0..<samples {
            for output in targetScales.indices {
                let bits = target(at: index * count / samples, output: output).bitPattern
                hash = (hash ^ UInt64(bits)) &* 0x100_0000_01B3
            }
        }
        return "\(count) × \(sampleShape) in \(classCount) classes, \(String(hash, radix: 16))"
    }
}
