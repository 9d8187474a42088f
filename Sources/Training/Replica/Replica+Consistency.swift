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

    /// Collective. Layouts and rounding depend on what computes the layers: it is the same on all ranks.
    package static func comparePrimitives(of network: Network, over communicator: any Communicator) throws {
        let text = network.primitives.sorted { $0.key < $1.key }
            .map { "\($0.key) \($0.value.sorted { $0.key < $1.key })" }.joined(separator: "\n")
        guard try communicator.firstUnlike(of: [text]) != nil else { return }
        let sets = try communicator.allGather(Array(Processor.instructionSet.utf8))
            .map { String(decoding: $0, as: UTF8.self) }
        let other = sets.firstIndex { $0 != sets[0] } ?? 0
        throw AgreedError(
            everywhere: TrainingError.unlikePrimitives(rank: other, instructionSet: sets[other], first: sets[0]))
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
        let pieces = 0..<digestPieceCount
        return digest(ofPieces: digests(ofPieces: Array(pieces)))
    }

    /// Collective. The same, each piece of the samples looked at by one of the ranks, which have the same ones.
    package func digest(over ranks: any Communicator) throws -> String {
        let own = Array(stride(from: ranks.rank, to: digestPieceCount, by: ranks.size))
        let all = try ranks.allGather(digests(ofPieces: own))
        return digest(ofPieces: (0..<digestPieceCount).map { all[$0 % ranks.size][$0 / ranks.size] })
    }

    private var digestSampleCount: Int {
        isStored && count <= (1 << 32) / featureCount ? count : min(count, 4096)
    }

    private static var digestPiece: Int { 64 }
    private var digestPieceCount: Int { (digestSampleCount + Self.digestPiece - 1) / Self.digestPiece }

    private func digestIndices(ofPiece piece: Int) -> [Int] {
        let samples = digestSampleCount
        let start = piece * Self.digestPiece
        return (start..<min(start + Self.digestPiece, samples)).map { $0 * count / samples }
    }

    /// Digests of the features of some pieces.
    private func digests(ofPieces pieces: [Int]) -> [UInt64] {
        let features = AlignedBuffer(floats: Self.digestPiece * featureCount)
        defer { withExtendedLifetime(features) {} }
        return pieces.enumerated().map { place, piece in
            let indices = digestIndices(ofPiece: piece)
            if readsFiles {
                let ahead = place + 1 < pieces.count ? digestIndices(ofPiece: pieces[place + 1]) : []
                expect((indices + ahead).span)
            }
            var labels = [Int32](repeating: 0, count: indices.count)
            let part = UnsafeMutableBufferPointer(rebasing: features.floats[..<(indices.count * featureCount)])
            indices.withUnsafeBufferPointer { indices in
                var features = part.mutableSpan
                var labels = labels.mutableSpan
                copyBatch(Span(_unsafeElements: indices), into: &features, labels: &labels)
            }
            return kernels_hash(part.baseAddress, Int64(part.count))
        }
    }

    private func digest(ofPieces pieces: [UInt64]) -> String {
        var hash: UInt64 = 0
        func mix(_ bits: UInt64) { hash = (hash ^ bits) &* 0x100_0000_01B3 }
        for (piece, digest) in pieces.enumerated() {
            mix(digest)
            for index in digestIndices(ofPiece: piece) { mix(UInt64(UInt32(bitPattern: label(at: index)))) }
        }
        let samples = digestSampleCount
        for index in targetScales.isEmpty ? 0..<0 : 0..<samples {
            for output in targetScales.indices {
                mix(UInt64(target(at: index * count / samples, output: output).bitPattern))
            }
        }
        return "\(count) × \(sampleShape) in \(classCount) classes, \(String(hash, radix: 16))"
    }
}
